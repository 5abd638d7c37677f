package dev.felucca.engine.container;

import dev.felucca.kernel.isolation.Resources;
import org.jspecify.annotations.Nullable;

/** Turns the API's limits into what an isolation driver sets: cpus become quota and period. */
final class DriverLimits {
  private static final long PERIOD = 100_000;
  private static final long NANOS_PER_MICRO_OF_PERIOD = 1_000_000_000L / PERIOD;

  private DriverLimits() {}

  /** For a new group, in which what is the kernel's default need not be written. */
  static Resources created(Resources fitted, @Nullable Long nanoCpus) {
    ResourceEdit edit = new ResourceEdit(changed(fitted, nanoCpus));
    if (Boolean.FALSE.equals(edit.oomKillDisable)) {
      edit.oomKillDisable = null;
    }
    if (edit.pidsLimit != null && edit.pidsLimit <= 0) {
      edit.pidsLimit = null;
    }
    if (edit.memory != null && edit.memorySwap == null) {
      edit.memorySwap = 2 * edit.memory; // of a container that an older engine made
    }
    if (edit.memory == null && edit.memorySwap != null && edit.memorySwap < 0) {
      edit.memorySwap = null;
    }
    return edit.build();
  }

  static Resources changed(Resources fitted, @Nullable Long nanoCpus) {
    ResourceEdit edit = new ResourceEdit(fitted);
    if (nanoCpus != null && nanoCpus > 0) {
      edit.cpuPeriod = PERIOD;
      edit.cpuQuota = nanoCpus / NANOS_PER_MICRO_OF_PERIOD;
    }
    if (edit.memorySwappiness != null && edit.memorySwappiness < 0) {
      edit.memorySwappiness = null;
    }
    if (edit.blkioWeight != null && edit.blkioWeight == 0) {
      edit.blkioWeight = null;
    }
    return edit.build();
  }
}
