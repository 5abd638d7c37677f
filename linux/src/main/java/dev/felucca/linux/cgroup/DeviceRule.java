package dev.felucca.linux.cgroup;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Opens or closes devices to a group; of several the last that speaks of a device decides.
 *
 * @param major -1 for every one
 * @param minor -1 for every one
 * @param access some of READ, WRITE and MKNOD, added
 */
public record DeviceRule(boolean allow, Type type, int major, int minor, int access) {
  // The bits of struct bpf_cgroup_dev_ctx.
  public static final int MKNOD = 1;
  public static final int READ = 2;
  public static final int WRITE = 4;
  public static final int ALL = MKNOD | READ | WRITE;
  public static final int ANY = -1;

  public static final DeviceRule ALLOW_ALL = new DeviceRule(true, Type.EVERY, ANY, ANY, ALL);
  public static final DeviceRule DENY_ALL = new DeviceRule(false, Type.EVERY, ANY, ANY, ALL);

  private static final Pattern TEXT = Pattern.compile("([abc]) (\\d+|\\*):(\\d+|\\*) ([rwm]{1,3})");

  /** What kind of device; the letter is the kernel's. */
  public enum Type {
    EVERY('a'),
    BLOCK('b'),
    CHARACTER('c');

    private final char letter;

    Type(char letter) {
      this.letter = letter;
    }

    public char letter() {
      return letter;
    }
  }

  public DeviceRule {
    if (access < 1 || access > ALL || major < ANY || minor < ANY) {
      throw new IllegalArgumentException("no device rule: access " + access);
    }
  }

  /**
   * Reads the kernel's and {@code --device-cgroup-rule}'s form, {@code c 1:3 rwm}.
   *
   * @throws IllegalArgumentException for anything else
   */
  public static DeviceRule parse(boolean allow, String text) {
    Matcher matcher = TEXT.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("invalid device cgroup rule format: '" + text + "'");
    }
    Type type = Type.EVERY;
    for (Type each : Type.values()) if (each.letter == matcher.group(1).charAt(0)) type = each;
    int access = 0;
    for (char letter : matcher.group(4).toCharArray()) {
      access |= letter == 'r' ? READ : letter == 'w' ? WRITE : MKNOD;
    }
    return new DeviceRule(allow, type, number(matcher.group(2)), number(matcher.group(3)), access);
  }

  private static int number(String text) {
    return text.equals("*") ? ANY : Integer.parseInt(text);
  }

  /** Speaks of every device in every way. */
  boolean everything() {
    return type == Type.EVERY && major == ANY && minor == ANY && access == ALL;
  }

  boolean sameDevices(DeviceRule other) {
    return type == other.type && major == other.major && minor == other.minor;
  }

  DeviceRule withAccess(int other) {
    return new DeviceRule(allow, type, major, minor, other);
  }

  /** As {@code devices.allow} and {@code devices.deny} take it. */
  String text() {
    return type.letter
        + " "
        + (major == ANY ? "*" : major)
        + ":"
        + (minor == ANY ? "*" : minor)
        + " "
        + ((access & READ) != 0 ? "r" : "")
        + ((access & WRITE) != 0 ? "w" : "")
        + ((access & MKNOD) != 0 ? "m" : "");
  }
}
