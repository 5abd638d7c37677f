package dev.felucca.engine.system;

import dev.felucca.kernel.isolation.HostLimits;
import dev.felucca.kernel.isolation.Limit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What this kernel can't limit, in the words of {@code docker info}. */
final class LimitWarnings {
  private static final Map<Limit, String> BOTH = new LinkedHashMap<>();
  private static final Map<Limit, String> V1 = new LinkedHashMap<>();
  private static final Map<Limit, String> V2 = new LinkedHashMap<>();

  static {
    BOTH.put(Limit.MEMORY, "memory limit");
    BOTH.put(Limit.SWAP, "swap limit");
    V1.put(Limit.OOM_KILL_DISABLE, "oom kill disable");
    BOTH.put(Limit.CPU_QUOTA, "cpu cfs quota");
    BOTH.put(Limit.CPU_SHARES, "cpu shares");
    BOTH.put(Limit.CPUSET, "cpuset");
    V1.put(Limit.BLKIO_WEIGHT, "blkio weight");
    V1.put(Limit.BLKIO_WEIGHT_DEVICE, "blkio weight_device");
    V1.put(Limit.BLKIO_READ_BPS, "blkio throttle.read_bps_device");
    V1.put(Limit.BLKIO_WRITE_BPS, "blkio throttle.write_bps_device");
    V1.put(Limit.BLKIO_READ_IOPS, "blkio throttle.read_iops_device");
    V1.put(Limit.BLKIO_WRITE_IOPS, "blkio throttle.write_iops_device");
    V2.put(Limit.BLKIO_WEIGHT, "io.weight");
    V2.put(Limit.BLKIO_WEIGHT_DEVICE, "io.weight (per device)");
    V2.put(Limit.BLKIO_READ_BPS, "io.max (rbps)");
    V2.put(Limit.BLKIO_WRITE_BPS, "io.max (wbps)");
    V2.put(Limit.BLKIO_READ_IOPS, "io.max (riops)");
    V2.put(Limit.BLKIO_WRITE_IOPS, "io.max (wiops)");
  }

  private LimitWarnings() {}

  static List<String> of(HostLimits limits) {
    List<String> warnings = new ArrayList<>();
    Map<Limit, String> all = new LinkedHashMap<>(BOTH);
    all.putAll(limits.cgroupVersion() == 1 ? V1 : V2);
    all.forEach(
        (limit, name) -> {
          if (!limits.has(limit)) {
            warnings.add("WARNING: No " + name + " support");
          }
        });
    return warnings;
  }
}
