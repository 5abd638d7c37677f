package dev.felucca.kernel.isolation;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the container's processes may do.
 *
 * @param capAdd capabilities added to Docker's default set, as the client wrote them ({@code
 *     NET_ADMIN}, {@code ALL})
 * @param capDrop capabilities taken from it
 * @param seccomp a profile in Docker's JSON, {@code "unconfined"}, or null for Docker's default
 *     profile
 * @param maskedPaths null is {@link #MASKED_PATHS}, or nothing where privileged
 * @param readonlyPaths null is {@link #READONLY_PATHS}, or nothing where privileged
 * @param apparmorProfile null is the host's own way: nothing is entered
 * @param oomScoreAdj -1000 to 1000, null inherits
 */
public record Security(
    boolean privileged,
    List<String> capAdd,
    List<String> capDrop,
    @Nullable String seccomp,
    boolean noNewPrivileges,
    @Nullable List<String> maskedPaths,
    @Nullable List<String> readonlyPaths,
    @Nullable String apparmorProfile,
    @Nullable String selinuxLabel,
    List<Rlimit> rlimits,
    List<DeviceMapping> devices,
    List<String> deviceCgroupRules,
    @Nullable Integer oomScoreAdj) {
  /** What Docker hides below /proc and /sys. */
  public static final List<String> MASKED_PATHS =
      List.of(
          "/proc/asound",
          "/proc/acpi",
          "/proc/interrupts",
          "/proc/kcore",
          "/proc/keys",
          "/proc/latency_stats",
          "/proc/timer_list",
          "/proc/timer_stats",
          "/proc/sched_debug",
          "/proc/scsi",
          "/sys/firmware",
          "/sys/devices/virtual/powercap");

  /** What Docker write-protects there. */
  public static final List<String> READONLY_PATHS =
      List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger");

  /** Docker's default container. */
  public static Security defaults() {
    return new Security(
        false, List.of(), List.of(), null, false, null, null, null, null, List.of(), List.of(),
        List.of(), null);
  }

  /** The same, held by another AppArmor profile. */
  public Security withApparmorProfile(@Nullable String profile) {
    return new Security(
        privileged,
        capAdd,
        capDrop,
        seccomp,
        noNewPrivileges,
        maskedPaths,
        readonlyPaths,
        profile,
        selinuxLabel,
        rlimits,
        devices,
        deviceCgroupRules,
        oomScoreAdj);
  }

  /** A limit of setrlimit(2): {@code nofile}, {@code nproc}…; -1 is unlimited. */
  public record Rlimit(String name, long soft, long hard) {}

  /** A device node of the host seen inside; permissions of {@code r}, {@code w}, {@code m}. */
  public record DeviceMapping(
      String pathOnHost, String pathInContainer, String cgroupPermissions) {}
}
