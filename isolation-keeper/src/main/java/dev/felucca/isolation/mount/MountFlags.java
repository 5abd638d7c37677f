package dev.felucca.isolation.mount;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The options of a mount, taken apart as mount(8) does: flags of the call, a change of propagation,
 * and data for the file system.
 *
 * @param set flags to be set
 * @param bind whether it is a bind mount, {@code recursive} or not
 * @param propagation flags of a further call, or 0
 * @param recursiveAttributes MOUNT_ATTR_ flags for the whole tree, from {@code rro} and friends
 */
public record MountFlags(
    long set,
    boolean bind,
    boolean recursive,
    long propagation,
    long recursiveAttributes,
    List<String> data) {
  public static final long RDONLY = 1;
  public static final long NOSUID = 2;
  public static final long NODEV = 4;
  public static final long NOEXEC = 8;
  public static final long REMOUNT = 32;
  public static final long BIND = 4096;
  public static final long REC = 16384;
  public static final long PRIVATE = 1 << 18;
  public static final long SLAVE = 1 << 19;
  public static final long SHARED = 1 << 20;
  public static final long STRICTATIME = 1 << 24;

  private static final Map<String, Long> SET =
      Map.ofEntries(
          Map.entry("ro", RDONLY),
          Map.entry("nosuid", NOSUID),
          Map.entry("nodev", NODEV),
          Map.entry("noexec", NOEXEC),
          Map.entry("sync", 16L),
          Map.entry("mand", 64L),
          Map.entry("dirsync", 128L),
          Map.entry("nosymfollow", 256L),
          Map.entry("noatime", 1024L),
          Map.entry("nodiratime", 2048L),
          Map.entry("relatime", 1L << 21),
          Map.entry("strictatime", STRICTATIME),
          Map.entry("lazytime", 1L << 25));
  private static final Map<String, Long> CLEAR =
      Map.ofEntries(
          Map.entry("rw", RDONLY),
          Map.entry("suid", NOSUID),
          Map.entry("dev", NODEV),
          Map.entry("exec", NOEXEC),
          Map.entry("async", 16L),
          Map.entry("nomand", 64L),
          Map.entry("atime", 1024L),
          Map.entry("diratime", 2048L),
          Map.entry("norelatime", 1L << 21),
          Map.entry("nostrictatime", STRICTATIME),
          Map.entry("nolazytime", 1L << 25),
          Map.entry("defaults", 0L));
  private static final Map<String, Long> PROPAGATION =
      Map.of(
          "private",
          PRIVATE,
          "rprivate",
          PRIVATE | REC,
          "slave",
          SLAVE,
          "rslave",
          SLAVE | REC,
          "shared",
          SHARED,
          "rshared",
          SHARED | REC,
          "unbindable",
          1L << 17,
          "runbindable",
          (1L << 17) | REC);

  /** MOUNT_ATTR_ flags of mount_setattr(2). */
  private static final Map<String, Long> RECURSIVE =
      Map.of("rro", 1L, "rnosuid", 2L, "rnodev", 4L, "rnoexec", 8L);

  public static MountFlags of(String type, List<String> options) {
    long set = 0;
    long propagation = 0;
    long attributes = 0;
    boolean bind = type.equals("bind");
    boolean recursive = false;
    List<String> data = new ArrayList<>();
    for (String option : options) {
      if (SET.containsKey(option)) {
        set |= SET.getOrDefault(option, 0L);
      } else if (CLEAR.containsKey(option)) {
        set &= ~CLEAR.getOrDefault(option, 0L);
      } else if (PROPAGATION.containsKey(option)) {
        propagation = PROPAGATION.getOrDefault(option, 0L);
      } else if (RECURSIVE.containsKey(option)) {
        attributes |= RECURSIVE.getOrDefault(option, 0L);
      } else if (option.equals("bind") || option.equals("rbind")) {
        bind = true;
        recursive |= option.equals("rbind");
      } else {
        data.add(option);
      }
    }
    return new MountFlags(set, bind, recursive, propagation, attributes, List.copyOf(data));
  }

  /** The data as the call takes it. */
  public String dataText() {
    return String.join(",", data);
  }
}
