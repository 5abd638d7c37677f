package dev.felucca.isolation.seccomp;

import java.util.Optional;

/**
 * What happens to a system call, see <a
 * href="https://man7.org/linux/man-pages/man2/seccomp.2.html">seccomp(2)</a>.
 */
public enum SeccompAction {
  KILL_PROCESS("SCMP_ACT_KILL_PROCESS", 0x80000000, "kill_process"),
  KILL_THREAD("SCMP_ACT_KILL_THREAD", 0x00000000, "kill_thread"),
  TRAP("SCMP_ACT_TRAP", 0x00030000, "trap"),
  ERRNO("SCMP_ACT_ERRNO", 0x00050000, "errno"),
  NOTIFY("SCMP_ACT_NOTIFY", 0x7fc00000, "user_notif"),
  TRACE("SCMP_ACT_TRACE", 0x7ff00000, "trace"),
  LOG("SCMP_ACT_LOG", 0x7ffc0000, "log"),
  ALLOW("SCMP_ACT_ALLOW", 0x7fff0000, "allow");

  private final String profileName;
  private final int returnValue;
  private final String kernelName;

  SeccompAction(String profileName, int returnValue, String kernelName) {
    this.profileName = profileName;
    this.returnValue = returnValue;
    this.kernelName = kernelName;
  }

  public String profileName() {
    return profileName;
  }

  /** As {@code /proc/sys/kernel/seccomp/actions_avail} spells it. */
  public String kernelName() {
    return kernelName;
  }

  /** The filter's return value; {@code data} goes into the low 16 bits where the action has any. */
  int returning(int data) {
    return carriesData() ? returnValue | data : returnValue;
  }

  boolean carriesData() {
    return this == ERRNO || this == TRACE;
  }

  /**
   * Whether a call nobody had heard of when the profile was written goes through. A tracer counts:
   * a good one copes with new calls.
   */
  boolean letsThrough() {
    return this == ALLOW || this == LOG || this == TRACE;
  }

  static Optional<SeccompAction> named(String profileName) {
    // libseccomp kept the old name for killing one thread.
    if (profileName.equals("SCMP_ACT_KILL")) return Optional.of(KILL_THREAD);
    for (SeccompAction each : values()) {
      if (each.profileName.equals(profileName)) return Optional.of(each);
    }
    return Optional.empty();
  }
}
