package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.HostConfig;
import dev.felucca.kernel.isolation.Resources;
import org.jspecify.annotations.Nullable;

/**
 * Refuses limits that cannot be, in Docker's words, and turns the rest into what the driver sets.
 */
final class ResourceCheck {
  private static final long SMALLEST_MEMORY = 6L << 20;

  private ResourceCheck() {}

  /** The limits to be set: cpus as quota and period, swap as Docker derives it. */
  static Resources decide(HostConfig host) {
    Resources asked = host.resources();
    Long memory = positive(asked.memory());
    Long swap = asked.memorySwap() == null || asked.memorySwap() == 0 ? null : asked.memorySwap();
    memory(memory, swap, asked);
    Long nanoCpus = host.nanoCpus() == null || host.nanoCpus() == 0 ? null : host.nanoCpus();
    cpu(nanoCpus, asked);
    if (asked.blkioWeight() != null
        && asked.blkioWeight() != 0
        && (asked.blkioWeight() < 10 || asked.blkioWeight() > 1000)) {
      refuse("Range of blkio weight is from 10 to 1000");
    }
    if (swap == null && memory != null) {
      swap = 2 * memory;
    }
    return new Resources(
        memory,
        positive(asked.memoryReservation()),
        swap,
        asked.memorySwappiness() == null || asked.memorySwappiness() == -1
            ? null
            : asked.memorySwappiness(),
        asked.oomKillDisable(),
        positive(asked.cpuShares()),
        nanoCpus == null ? positive(asked.cpuPeriod()) : Long.valueOf(100_000),
        nanoCpus == null ? nonZero(asked.cpuQuota()) : Long.valueOf(nanoCpus / 10_000),
        positive(asked.cpuRealtimePeriod()),
        positive(asked.cpuRealtimeRuntime()),
        asked.cpusetCpus(),
        asked.cpusetMems(),
        asked.pidsLimit() == null || asked.pidsLimit() == 0 ? null : asked.pidsLimit(),
        asked.blkioWeight() == null || asked.blkioWeight() == 0 ? null : asked.blkioWeight(),
        asked.blkioWeightDevice(),
        asked.blkioReadBps(),
        asked.blkioWriteBps(),
        asked.blkioReadIops(),
        asked.blkioWriteIops());
  }

  private static void memory(@Nullable Long memory, @Nullable Long swap, Resources asked) {
    if (memory != null && memory < SMALLEST_MEMORY) {
      refuse("Minimum memory limit allowed is 6MB");
    }
    if (memory == null && swap != null && swap > 0) {
      refuse("You should always set the Memory limit when using Memoryswap limit, see usage");
    }
    if (memory != null && swap != null && swap != -1 && swap < memory) {
      refuse("Minimum memoryswap limit should be larger than memory limit, see usage");
    }
    Long swappiness = asked.memorySwappiness();
    if (swappiness != null && (swappiness < -1 || swappiness > 100)) {
      refuse("Invalid value: " + swappiness + ", valid memory swappiness range is 0-100");
    }
    Long reservation = positive(asked.memoryReservation());
    if (reservation != null && reservation < SMALLEST_MEMORY) {
      refuse("Minimum memory reservation allowed is 6MB");
    }
    if (memory != null && reservation != null && memory < reservation) {
      refuse("Minimum memory limit can not be less than memory reservation limit, see usage");
    }
  }

  private static void cpu(@Nullable Long nanoCpus, Resources asked) {
    Long period = positive(asked.cpuPeriod());
    Long quota = nonZero(asked.cpuQuota());
    if (nanoCpus != null) {
      if (period != null) {
        refuse("Conflicting options: Nano CPUs and CPU Period cannot both be set");
      }
      if (quota != null) {
        refuse("Conflicting options: Nano CPUs and CPU Quota cannot both be set");
      }
      int cpus = Runtime.getRuntime().availableProcessors();
      if (nanoCpus < 0 || nanoCpus > cpus * 1_000_000_000L) {
        refuse(
            "Range of CPUs is from 0.01 to "
                + cpus
                + ".00, as there are only "
                + cpus
                + " CPUs available");
      }
    }
    if (period != null && (period < 1000 || period > 1_000_000)) {
      refuse(
          "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)");
    }
    if (quota != null && quota > 0 && quota < 1000) {
      refuse("CPU cfs quota can not be less than 1ms (i.e. 1000)");
    }
  }

  private static @Nullable Long positive(@Nullable Long value) {
    return value == null || value <= 0 ? null : value;
  }

  private static @Nullable Long nonZero(@Nullable Long value) {
    return value == null || value == 0 ? null : value;
  }

  private static void refuse(String message) {
    throw new EngineException(INVALID, message);
  }
}
