package dev.felucca.linux.cgroup;

import dev.felucca.linux.cgroup.CgroupLimits.Cpu;
import dev.felucca.linux.cgroup.CgroupLimits.DeviceValue;
import dev.felucca.linux.cgroup.CgroupLimits.Io;
import dev.felucca.linux.cgroup.CgroupLimits.Memory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Limits in v1's files, see <a
 * href="https://docs.kernel.org/admin-guide/cgroup-v1/index.html">cgroup-v1</a>.
 */
final class V1Limits {
  private final CgroupFiles files;

  V1Limits(CgroupFiles files) {
    this.files = files;
  }

  void memory(Path group, Memory memory) throws IOException {
    Path swapLimit = group.resolve("memory.memsw.limit_in_bytes");
    Long swap = files.exists(swapLimit) ? memory.swap() : null;
    // The kernel holds memory <= memory and swap at every moment: the one that grows goes first.
    boolean swapFirst = swap != null && grows(swapLimit, swap);
    if (swap != null && swapFirst) files.write(swapLimit, swap);
    write(group, "memory.limit_in_bytes", memory.limit());
    if (swap != null && !swapFirst) files.write(swapLimit, swap);
    write(group, "memory.soft_limit_in_bytes", memory.reservation());
    write(group, "memory.swappiness", memory.swappiness());
    Boolean oomKillDisable = memory.oomKillDisable();
    if (oomKillDisable != null) {
      files.write(group.resolve("memory.oom_control"), oomKillDisable ? 1 : 0);
    }
  }

  private boolean grows(Path limit, long value) throws IOException {
    return value < 0 || value > files.number(limit);
  }

  void cpu(Path group, Cpu cpu) throws IOException {
    write(group, "cpu.shares", cpu.shares());
    // A quota is checked against the period in force, and the other way round: free it first.
    if (cpu.period() != null && cpu.quota() != null) write(group, "cpu.cfs_quota_us", -1L);
    write(group, "cpu.cfs_period_us", cpu.period());
    write(group, "cpu.cfs_quota_us", cpu.quota());
    write(group, "cpu.rt_period_us", cpu.realtimePeriod());
    write(group, "cpu.rt_runtime_us", cpu.realtimeRuntime());
  }

  void cpuset(Path group, Cpu cpu) throws IOException {
    if (cpu.cpus() != null) files.write(group.resolve("cpuset.cpus"), cpu.cpus());
    if (cpu.mems() != null) files.write(group.resolve("cpuset.mems"), cpu.mems());
  }

  /** A new v1 cpuset is empty and takes no members until it has cpus and memory nodes. */
  void inheritCpuset(Path group) throws IOException {
    Path parent = group.getParent();
    if (parent == null) throw new IllegalArgumentException("no parent: " + group);
    for (String name : List.of("cpuset.cpus", "cpuset.mems")) {
      if (files.read(group.resolve(name)).isEmpty()) {
        files.write(group.resolve(name), files.read(parent.resolve(name)));
      }
    }
  }

  void pids(Path group, long limit) throws IOException {
    files.write(group.resolve("pids.max"), limit <= 0 ? "max" : Long.toString(limit));
  }

  void io(Path group, Io io) throws IOException {
    Integer weight = io.weight();
    if (weight != null) files.write(either(group, "blkio.weight", "blkio.bfq.weight"), weight);
    devices(either(group, "blkio.weight_device", "blkio.bfq.weight_device"), io.weights());
    devices(group.resolve("blkio.throttle.read_bps_device"), io.readBytes());
    devices(group.resolve("blkio.throttle.write_bps_device"), io.writeBytes());
    devices(group.resolve("blkio.throttle.read_iops_device"), io.readOperations());
    devices(group.resolve("blkio.throttle.write_iops_device"), io.writeOperations());
  }

  /** CFQ's file until Linux 5.0, BFQ's since. */
  private Path either(Path group, String old, String now) {
    Path file = group.resolve(old);
    return files.exists(file) ? file : group.resolve(now);
  }

  private void devices(Path file, List<DeviceValue> values) throws IOException {
    for (DeviceValue each : values) files.write(file, each.device() + " " + each.value());
  }

  void hugetlb(Path group, Map<String, Long> limits) throws IOException {
    for (Map.Entry<String, Long> each : limits.entrySet()) {
      files.write(group.resolve("hugetlb." + each.getKey() + ".limit_in_bytes"), each.getValue());
    }
  }

  void devices(Path group, DevicePolicy policy) throws IOException {
    files.write(group.resolve(policy.open() ? "devices.allow" : "devices.deny"), "a");
    Path exceptions = group.resolve(policy.open() ? "devices.deny" : "devices.allow");
    for (DeviceRule each : policy.exceptions()) files.write(exceptions, each.text());
  }

  private void write(Path group, String file, @Nullable Long value) throws IOException {
    if (value != null) files.write(group.resolve(file), value);
  }
}
