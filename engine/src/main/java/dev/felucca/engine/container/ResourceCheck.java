package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.kernel.isolation.Limit.BLKIO_READ_BPS;
import static dev.felucca.kernel.isolation.Limit.BLKIO_READ_IOPS;
import static dev.felucca.kernel.isolation.Limit.BLKIO_WEIGHT;
import static dev.felucca.kernel.isolation.Limit.BLKIO_WEIGHT_DEVICE;
import static dev.felucca.kernel.isolation.Limit.BLKIO_WRITE_BPS;
import static dev.felucca.kernel.isolation.Limit.BLKIO_WRITE_IOPS;
import static dev.felucca.kernel.isolation.Limit.CPUSET;
import static dev.felucca.kernel.isolation.Limit.CPU_QUOTA;
import static dev.felucca.kernel.isolation.Limit.CPU_REALTIME;
import static dev.felucca.kernel.isolation.Limit.CPU_SHARES;
import static dev.felucca.kernel.isolation.Limit.MEMORY;
import static dev.felucca.kernel.isolation.Limit.MEMORY_RESERVATION;
import static dev.felucca.kernel.isolation.Limit.OOM_KILL_DISABLE;
import static dev.felucca.kernel.isolation.Limit.PIDS;
import static dev.felucca.kernel.isolation.Limit.SWAP;
import static dev.felucca.kernel.isolation.Limit.SWAPPINESS;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.isolation.HostLimits;
import dev.felucca.kernel.isolation.Limit;
import dev.felucca.kernel.isolation.Resources;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Fits limits to what the host can set: refuses what cannot be, and discards with a warning what
 * this kernel lacks, both in Docker's words.
 */
final class ResourceCheck {
  private static final long SMALLEST_MEMORY = 6L << 20;

  /** A millisecond in each of Docker's periods of 100: the kernel takes no less. */
  private static final long LEAST_NANO_CPUS = 10_000_000;

  private static final String KERNEL = "Your kernel does not support ";
  private static final String UNMOUNTED = " or the cgroup is not mounted. ";

  private final HostLimits here;
  private final boolean update;
  private final List<String> warnings;

  /**
   * @param update for a container that is there: swap may then come without memory
   * @param warnings is added to
   */
  ResourceCheck(HostLimits here, boolean update, List<String> warnings) {
    this.here = here;
    this.update = update;
    this.warnings = warnings;
  }

  /** What can be set of what is asked. */
  Resources fit(Resources asked, @Nullable Long nanoCpus) {
    ResourceEdit edit = new ResourceEdit(asked);
    memory(edit);
    oomKill(edit);
    if (lacks(PIDS, edit.pidsLimit)) {
      if (edit.pidsLimit != null && edit.pidsLimit > 0) {
        warn("PIDs limit capabilities", "PIDs limit discarded.");
      }
      edit.pidsLimit = null;
    }
    cpu(edit, nanoCpus);
    cpuset(edit);
    blkio(edit);
    return edit.build();
  }

  private boolean lacks(Limit limit, @Nullable Object asked) {
    return asked != null && !here.has(limit);
  }

  private void warn(String what, String consequence) {
    warnings.add(KERNEL + what + UNMOUNTED + consequence);
  }

  private void memory(ResourceEdit edit) {
    edit.memory = positive(edit.memory);
    edit.memorySwap = nonZero(edit.memorySwap);
    edit.memoryReservation = positive(edit.memoryReservation);
    if (edit.memory != null && edit.memory < SMALLEST_MEMORY) {
      refuse("Minimum memory limit allowed is 6MB");
    }
    if (lacks(MEMORY, edit.memory)) {
      warn("memory limit capabilities", "Limitation discarded.");
      edit.memory = null;
      edit.memorySwap = -1L;
    }
    Long swap = edit.memorySwap;
    if (edit.memory != null && (swap == null || swap != -1) && !here.has(SWAP)) {
      warn("swap limit capabilities", "Memory limited without swap.");
      edit.memorySwap = -1L;
      swap = -1L;
    }
    if (edit.memory != null && swap != null && swap > 0 && swap < edit.memory) {
      refuse("Minimum memoryswap limit should be larger than memory limit, see usage");
    }
    if (edit.memory == null && swap != null && swap > 0 && !update) {
      refuse("You should always set the Memory limit when using Memoryswap limit, see usage");
    }
    if (edit.memory != null && swap == null && !update) {
      edit.memorySwap = 2 * edit.memory;
    }
    Long swappiness = edit.memorySwappiness;
    if (swappiness != null && swappiness == -1) {
      edit.memorySwappiness = null;
    } else if (lacks(SWAPPINESS, swappiness)) {
      warn("memory swappiness capabilities", "Memory swappiness discarded.");
      edit.memorySwappiness = null;
    } else if (swappiness != null && (swappiness < 0 || swappiness > 100)) {
      refuse("Invalid value: " + swappiness + ", valid memory swappiness range is 0-100");
    }
    if (lacks(MEMORY_RESERVATION, edit.memoryReservation)) {
      warn("memory soft limit capabilities", "Limitation discarded.");
      edit.memoryReservation = null;
    }
    Long reservation = edit.memoryReservation;
    if (reservation != null && reservation < SMALLEST_MEMORY) {
      refuse("Minimum memory reservation allowed is 6MB");
    }
    if (edit.memory != null && reservation != null && edit.memory < reservation) {
      refuse("Minimum memory limit can not be less than memory reservation limit, see usage");
    }
  }

  private void oomKill(ResourceEdit edit) {
    boolean disable = Boolean.TRUE.equals(edit.oomKillDisable);
    if (!here.has(OOM_KILL_DISABLE)) {
      if (disable) {
        warnings.add(KERNEL + "OomKillDisable. OomKillDisable discarded.");
      }
      edit.oomKillDisable = null;
    } else if (disable && edit.memory == null) {
      warnings.add(
          "OOM killer is disabled for the container, but no memory limit is set, this can result in"
              + " the system running out of resources.");
    } else if (edit.oomKillDisable == null && !update) {
      edit.oomKillDisable = Boolean.FALSE;
    }
  }

  private void cpu(ResourceEdit edit, @Nullable Long nanoCpus) {
    if (edit.cpuShares != null && edit.cpuShares < 0) {
      refuse("invalid CPU shares (" + edit.cpuShares + "): value must be a positive integer");
    }
    edit.cpuShares = positive(edit.cpuShares);
    edit.cpuPeriod = nonZero(edit.cpuPeriod);
    edit.cpuQuota = nonZero(edit.cpuQuota);
    realtime(edit);
    if (nanoCpus != null) {
      if (edit.cpuPeriod != null && edit.cpuPeriod > 0) {
        refuse("Conflicting options: Nano CPUs and CPU Period cannot both be set");
      }
      if (edit.cpuQuota != null && edit.cpuQuota > 0) {
        refuse("Conflicting options: Nano CPUs and CPU Quota cannot both be set");
      }
      if (!here.has(CPU_QUOTA)) {
        refuse(
            "NanoCPUs can not be set, as your kernel does not support CPU CFS scheduler or the"
                + " cgroup is not mounted");
      }
      int cpus = Runtime.getRuntime().availableProcessors();
      boolean less = nanoCpus < 0 || (nanoCpus > 0 && nanoCpus < LEAST_NANO_CPUS);
      if (less || nanoCpus > cpus * 1_000_000_000L) {
        refuse(
            String.format(
                Locale.ROOT,
                "range of CPUs is from 0.01 to %1$d.00, as there are only %1$d CPUs available",
                cpus));
      }
    }
    if (lacks(CPU_SHARES, edit.cpuShares)) {
      warn("CPU shares", "Shares discarded.");
      edit.cpuShares = null;
    }
    if (lacks(CPU_QUOTA, edit.cpuPeriod) || lacks(CPU_QUOTA, edit.cpuQuota)) {
      warnings.add(KERNEL + "CPU CFS scheduler. CPU period/quota discarded.");
      edit.cpuPeriod = null;
      edit.cpuQuota = null;
    }
    if (edit.cpuPeriod != null && (edit.cpuPeriod < 1000 || edit.cpuPeriod > 1_000_000)) {
      refuse(
          "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)");
    }
    if (edit.cpuQuota != null && edit.cpuQuota > 0 && edit.cpuQuota < 1000) {
      refuse("CPU cfs quota can not be less than 1ms (i.e. 1000)");
    }
  }

  private void realtime(ResourceEdit edit) {
    Long period = nonZero(edit.cpuRealtimePeriod);
    Long runtime = nonZero(edit.cpuRealtimeRuntime);
    if ((period != null || runtime != null) && !here.has(CPU_REALTIME)) {
      refuse(KERNEL + "CPU real-time scheduler");
    }
    if (period != null && runtime != null && runtime > period) {
      refuse("cpu real-time runtime cannot be higher than cpu real-time period");
    }
    edit.cpuRealtimePeriod = period;
    edit.cpuRealtimeRuntime = runtime;
  }

  private void cpuset(ResourceEdit edit) {
    edit.cpusetCpus = filled(edit.cpusetCpus);
    edit.cpusetMems = filled(edit.cpusetMems);
    if (lacks(CPUSET, edit.cpusetCpus) || lacks(CPUSET, edit.cpusetMems)) {
      warn("cpuset", "CPUset discarded.");
      edit.cpusetCpus = null;
      edit.cpusetMems = null;
    }
    available(edit.cpusetCpus, here.cpus(), "CPUs", "cpuset cpus");
    available(edit.cpusetMems, here.memoryNodes(), "memory nodes", "cpuset mems");
  }

  private static void available(@Nullable String asked, String there, String what, String setting) {
    if (asked == null) {
      return;
    }
    if (!CpuList.isOne(asked)) {
      refuse("Invalid value " + asked + " for " + setting + ": invalid format: " + asked);
    }
    if (!CpuList.of(there).containsAll(CpuList.of(asked))) {
      refuse(
          "Requested "
              + what
              + " are not available - requested "
              + asked
              + ", available: "
              + there);
    }
  }

  private void blkio(ResourceEdit edit) {
    Integer weight = edit.blkioWeight == null || edit.blkioWeight == 0 ? null : edit.blkioWeight;
    if (weight != null && (weight < 10 || weight > 1000)) {
      refuse("Range of blkio weight is from 10 to 1000");
    }
    if (lacks(BLKIO_WEIGHT, weight)) {
      warn("Block I/O weight", "Weight discarded.");
      weight = null;
    }
    edit.blkioWeight = weight;
    edit.blkioWeightDevice =
        kept(
            edit.blkioWeightDevice,
            BLKIO_WEIGHT_DEVICE,
            "Block I/O weight_device",
            "Weight-device");
    edit.blkioReadBps =
        kept(
            edit.blkioReadBps,
            BLKIO_READ_BPS,
            "BPS Block I/O read limit",
            "Block I/O BPS read limit");
    edit.blkioWriteBps =
        kept(
            edit.blkioWriteBps,
            BLKIO_WRITE_BPS,
            "BPS Block I/O write limit",
            "Block I/O BPS write limit");
    edit.blkioReadIops =
        kept(
            edit.blkioReadIops,
            BLKIO_READ_IOPS,
            "IOPS Block read limit",
            "Block I/O IOPS read limit");
    edit.blkioWriteIops =
        kept(
            edit.blkioWriteIops,
            BLKIO_WRITE_IOPS,
            "IOPS Block write limit",
            "Block I/O IOPS write limit");
  }

  private <T> List<T> kept(List<T> asked, Limit limit, String what, String discarded) {
    if (asked.isEmpty() || here.has(limit)) {
      return asked;
    }
    warn(what, discarded + " discarded.");
    return List.of();
  }

  private static @Nullable String filled(@Nullable String value) {
    return value == null || value.isEmpty() ? null : value;
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
