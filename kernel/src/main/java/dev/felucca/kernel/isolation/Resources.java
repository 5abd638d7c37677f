package dev.felucca.kernel.isolation;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Limits of a container, in the units of Docker's API; null leaves the kernel's default (or, in an
 * update, what is there). {@code memorySwap} is memory plus swap, -1 unlimited.
 */
public record Resources(
    @Nullable Long memory,
    @Nullable Long memoryReservation,
    @Nullable Long memorySwap,
    @Nullable Long memorySwappiness,
    @Nullable Boolean oomKillDisable,
    @Nullable Long cpuShares,
    @Nullable Long cpuPeriod,
    @Nullable Long cpuQuota,
    @Nullable Long cpuRealtimePeriod,
    @Nullable Long cpuRealtimeRuntime,
    @Nullable String cpusetCpus,
    @Nullable String cpusetMems,
    @Nullable Long pidsLimit,
    @Nullable Integer blkioWeight,
    List<DeviceWeight> blkioWeightDevice,
    List<DeviceRate> blkioReadBps,
    List<DeviceRate> blkioWriteBps,
    List<DeviceRate> blkioReadIops,
    List<DeviceRate> blkioWriteIops) {
  public static final Resources NONE =
      new Resources(
          null, null, null, null, null, null, null, null, null, null, null, null, null, null,
          List.of(), List.of(), List.of(), List.of(), List.of());

  public Resources withPidsLimit(@Nullable Long limit) {
    return new Resources(
        memory,
        memoryReservation,
        memorySwap,
        memorySwappiness,
        oomKillDisable,
        cpuShares,
        cpuPeriod,
        cpuQuota,
        cpuRealtimePeriod,
        cpuRealtimeRuntime,
        cpusetCpus,
        cpusetMems,
        limit,
        blkioWeight,
        blkioWeightDevice,
        blkioReadBps,
        blkioWriteBps,
        blkioReadIops,
        blkioWriteIops);
  }

  /** A block device's share. */
  public record DeviceWeight(String path, int weight) {}

  /** A block device's bytes or operations a second. */
  public record DeviceRate(String path, long rate) {}
}
