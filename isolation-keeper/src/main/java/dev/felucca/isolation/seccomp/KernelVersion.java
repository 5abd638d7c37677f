package dev.felucca.isolation.seccomp;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The first two numbers of a kernel release, as {@code minKernel} compares them. */
public record KernelVersion(int major, int minor) implements Comparable<KernelVersion> {
  private static final Comparator<KernelVersion> ORDER =
      Comparator.comparingInt(KernelVersion::major).thenComparingInt(KernelVersion::minor);
  private static final Pattern RELEASE = Pattern.compile("(\\d+)\\.(\\d+)(?!\\d).*");

  /**
   * Reads {@code 5.10} or {@code 6.18.44-generic}.
   *
   * @throws IllegalArgumentException for anything else
   */
  public static KernelVersion parse(String release) {
    Matcher matcher = RELEASE.matcher(release.trim());
    if (!matcher.matches()) {
      throw new IllegalArgumentException("not a kernel version: \"" + release + "\"");
    }
    return new KernelVersion(
        Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
  }

  /** The running kernel. */
  public static KernelVersion running() throws IOException {
    return parse(Files.readString(Path.of("/proc/sys/kernel/osrelease")));
  }

  @Override
  public int compareTo(KernelVersion other) {
    return ORDER.compare(this, other);
  }
}
