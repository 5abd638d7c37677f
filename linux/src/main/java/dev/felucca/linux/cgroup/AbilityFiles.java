package dev.felucca.linux.cgroup;

import dev.felucca.linux.cgroup.Cgroups.Ability;
import java.util.List;
import java.util.Map;

/** The files whose presence in a group tells what the kernel can limit. */
final class AbilityFiles {
  /** A controller and its files; one of them is enough. */
  record Needed(String controller, List<String> anyOf) {}

  static final Map<Ability, Needed> V1 =
      Map.ofEntries(
          entry(Ability.MEMORY, "memory", "memory.limit_in_bytes"),
          entry(Ability.SWAP, "memory", "memory.memsw.limit_in_bytes"),
          entry(Ability.MEMORY_RESERVATION, "memory", "memory.soft_limit_in_bytes"),
          entry(Ability.SWAPPINESS, "memory", "memory.swappiness"),
          entry(Ability.OOM_KILL_DISABLE, "memory", "memory.oom_control"),
          entry(Ability.PIDS, "pids", "pids.max"),
          entry(Ability.CPU_SHARES, "cpu", "cpu.shares"),
          entry(Ability.CPU_QUOTA, "cpu", "cpu.cfs_quota_us"),
          entry(Ability.CPU_REALTIME, "cpu", "cpu.rt_runtime_us"),
          entry(Ability.CPUSET, "cpuset", "cpuset.cpus"),
          entry(Ability.BLKIO_WEIGHT, "blkio", "blkio.weight", "blkio.bfq.weight"),
          entry(
              Ability.BLKIO_WEIGHT_DEVICE,
              "blkio",
              "blkio.weight_device",
              "blkio.bfq.weight_device"),
          entry(Ability.BLKIO_READ_BPS, "blkio", "blkio.throttle.read_bps_device"),
          entry(Ability.BLKIO_WRITE_BPS, "blkio", "blkio.throttle.write_bps_device"),
          entry(Ability.BLKIO_READ_IOPS, "blkio", "blkio.throttle.read_iops_device"),
          entry(Ability.BLKIO_WRITE_IOPS, "blkio", "blkio.throttle.write_iops_device"));

  static final Map<Ability, Needed> V2 =
      Map.ofEntries(
          entry(Ability.MEMORY, "memory", "memory.max"),
          entry(Ability.SWAP, "memory", "memory.swap.max"),
          entry(Ability.MEMORY_RESERVATION, "memory", "memory.low"),
          entry(Ability.PIDS, "pids", "pids.max"),
          entry(Ability.CPU_SHARES, "cpu", "cpu.weight"),
          entry(Ability.CPU_QUOTA, "cpu", "cpu.max"),
          entry(Ability.CPUSET, "cpuset", "cpuset.cpus"),
          entry(Ability.BLKIO_WEIGHT, "io", "io.bfq.weight", "io.weight"),
          entry(Ability.BLKIO_WEIGHT_DEVICE, "io", "io.bfq.weight", "io.weight"),
          entry(Ability.BLKIO_READ_BPS, "io", "io.max"),
          entry(Ability.BLKIO_WRITE_BPS, "io", "io.max"),
          entry(Ability.BLKIO_READ_IOPS, "io", "io.max"),
          entry(Ability.BLKIO_WRITE_IOPS, "io", "io.max"));

  private AbilityFiles() {}

  private static Map.Entry<Ability, Needed> entry(
      Ability ability, String controller, String... files) {
    return Map.entry(ability, new Needed(controller, List.of(files)));
  }
}
