package dev.felucca.engine.container;

import dev.felucca.kernel.isolation.Resources;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Limits with fields that can be set: the record has too many for anything else. */
final class ResourceEdit {
  @Nullable Long memory;
  @Nullable Long memoryReservation;
  @Nullable Long memorySwap;
  @Nullable Long memorySwappiness;
  @Nullable Boolean oomKillDisable;
  @Nullable Long cpuShares;
  @Nullable Long cpuPeriod;
  @Nullable Long cpuQuota;
  @Nullable Long cpuRealtimePeriod;
  @Nullable Long cpuRealtimeRuntime;
  @Nullable String cpusetCpus;
  @Nullable String cpusetMems;
  @Nullable Long pidsLimit;
  @Nullable Integer blkioWeight;
  List<Resources.DeviceWeight> blkioWeightDevice;
  List<Resources.DeviceRate> blkioReadBps;
  List<Resources.DeviceRate> blkioWriteBps;
  List<Resources.DeviceRate> blkioReadIops;
  List<Resources.DeviceRate> blkioWriteIops;

  ResourceEdit(Resources from) {
    this(from, from);
  }

  /** What {@code first} says, and where it says nothing what {@code base} does. */
  ResourceEdit(Resources first, Resources base) {
    memory = either(first, base, Resources::memory);
    memoryReservation = either(first, base, Resources::memoryReservation);
    memorySwap = either(first, base, Resources::memorySwap);
    memorySwappiness = either(first, base, Resources::memorySwappiness);
    oomKillDisable = either(first, base, Resources::oomKillDisable);
    cpuShares = either(first, base, Resources::cpuShares);
    cpuPeriod = either(first, base, Resources::cpuPeriod);
    cpuQuota = either(first, base, Resources::cpuQuota);
    cpuRealtimePeriod = either(first, base, Resources::cpuRealtimePeriod);
    cpuRealtimeRuntime = either(first, base, Resources::cpuRealtimeRuntime);
    cpusetCpus = either(first, base, Resources::cpusetCpus);
    cpusetMems = either(first, base, Resources::cpusetMems);
    pidsLimit = either(first, base, Resources::pidsLimit);
    blkioWeight = either(first, base, Resources::blkioWeight);
    blkioWeightDevice = list(first.blkioWeightDevice(), base.blkioWeightDevice());
    blkioReadBps = list(first.blkioReadBps(), base.blkioReadBps());
    blkioWriteBps = list(first.blkioWriteBps(), base.blkioWriteBps());
    blkioReadIops = list(first.blkioReadIops(), base.blkioReadIops());
    blkioWriteIops = list(first.blkioWriteIops(), base.blkioWriteIops());
  }

  private static <T> @Nullable T either(
      Resources first, Resources base, Function<Resources, @Nullable T> field) {
    T value = field.apply(first);
    return value != null ? value : field.apply(base);
  }

  private static <T> List<T> list(List<T> first, List<T> base) {
    return first.isEmpty() ? base : first;
  }

  Resources build() {
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
        pidsLimit,
        blkioWeight,
        blkioWeightDevice,
        blkioReadBps,
        blkioWriteBps,
        blkioReadIops,
        blkioWriteIops);
  }
}
