package dev.felucca.isolation.linux.host;

import dev.felucca.linux.Errno;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import java.util.Optional;

/**
 * Calls that not every kernel has, found out by making them with arguments that are refused.
 *
 * @param mountSetattr from Linux 5.12; without it a remount stands in
 * @param closeRangeCloexec from Linux 5.11; without it each descriptor is marked by itself
 */
record KernelFeatures(boolean mountSetattr, boolean closeRangeCloexec) {
  private static final int CLOSE_RANGE_CLOEXEC = 4;

  static KernelFeatures probe(Syscalls linux) {
    // A range that holds nothing: no descriptor is so high.
    long top = 0xffffffffL;
    return new KernelFeatures(
        has(linux, Sysno.MOUNT_SETATTR, -1, 0, 0, 0, 0),
        linux.call(Sysno.CLOSE_RANGE, top, top, CLOSE_RANGE_CLOEXEC) == 0);
  }

  /** What is needed and missing, in words. */
  static Optional<String> missing(Syscalls linux) {
    record Need(Sysno nr, String since, long... args) {}
    Need[] needs = {
      new Need(Sysno.CLONE3, "5.3", 0, 0),
      new Need(Sysno.OPEN_TREE, "5.2", -1, 0, -1),
      new Need(Sysno.OPENAT2, "5.6", -1, 0, 0, 0),
      new Need(Sysno.PIDFD_GETFD, "5.6", -1, 0, -1),
      new Need(Sysno.CLOSE_RANGE, "5.9", 1, 0, 0),
    };
    for (Need need : needs) {
      if (!has(linux, need.nr, need.args)) {
        return Optional.of(
            "the kernel (or a seccomp filter around the engine) lacks %s, which Linux has from %s"
                .formatted(need.nr.callName(), need.since));
      }
    }
    return Optional.empty();
  }

  private static boolean has(Syscalls linux, Sysno nr, long... args) {
    return !Errno.ENOSYS.is(linux.call(nr, args));
  }
}
