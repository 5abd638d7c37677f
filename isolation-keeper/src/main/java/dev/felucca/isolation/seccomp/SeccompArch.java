package dev.felucca.isolation.seccomp;

import dev.felucca.kernel.EngineException;
import java.util.Optional;

/** An architecture whose system calls a filter can judge. All are little endian. */
public enum SeccompArch {
  X86_64("SCMP_ARCH_X86_64", "amd64", 0xC000003E, 0, false),
  X86("SCMP_ARCH_X86", "x86", 0x40000003, 0, true),
  // Same audit architecture as x86-64: only bit 30 of the number tells them apart.
  X32("SCMP_ARCH_X32", "x32", 0xC000003E, 0x40000000, true),
  AARCH64("SCMP_ARCH_AARCH64", "arm64", 0xC00000B7, 0, false),
  ARM("SCMP_ARCH_ARM", "arm", 0x40000028, 0, true);

  private final String profileName;
  private final String conditionName;
  private final int audit;
  private final int firstNumber;
  private final boolean narrow;

  SeccompArch(
      String profileName, String conditionName, int audit, int firstNumber, boolean narrow) {
    this.profileName = profileName;
    this.conditionName = conditionName;
    this.audit = audit;
    this.firstNumber = firstNumber;
    this.narrow = narrow;
  }

  public String profileName() {
    return profileName;
  }

  /** As {@code includes.arches} and {@code excludes.arches} spell it. */
  String conditionName() {
    return conditionName;
  }

  /** The kernel's AUDIT_ARCH value. */
  int audit() {
    return audit;
  }

  /** What is added to a table's number. */
  int firstNumber() {
    return firstNumber;
  }

  /** Arguments are 32 bits wide: the upper halves aren't looked at. */
  boolean narrow() {
    return narrow;
  }

  static Optional<SeccompArch> named(String profileName) {
    for (SeccompArch each : values()) {
      if (each.profileName.equals(profileName)) return Optional.of(each);
    }
    return Optional.empty();
  }

  /**
   * The architecture of this JVM, from {@code os.arch}.
   *
   * @throws EngineException NOT_IMPLEMENTED on any other machine than x86-64 and aarch64
   */
  public static SeccompArch host() {
    return forOsArch(System.getProperty("os.arch", "unknown"));
  }

  static SeccompArch forOsArch(String osArch) {
    return switch (osArch) {
      case "amd64", "x86_64" -> X86_64;
      case "aarch64", "arm64" -> AARCH64;
      default ->
          throw new EngineException(
              EngineException.Kind.NOT_IMPLEMENTED, "no seccomp filters for machine " + osArch);
    };
  }
}
