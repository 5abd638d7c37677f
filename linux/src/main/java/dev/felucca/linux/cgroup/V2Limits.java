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
 * Limits in v2's files, see <a
 * href="https://docs.kernel.org/admin-guide/cgroup-v2.html">cgroup-v2</a>.
 */
final class V2Limits {
  private static final long DEFAULT_PERIOD = 100_000;

  private final CgroupFiles files;
  private final Path group;

  V2Limits(CgroupFiles files, Path group) {
    this.files = files;
    this.group = group;
  }

  void write(CgroupLimits limits) throws IOException {
    memory(limits.memory());
    cpu(limits.cpu());
    io(limits.io());
    Long pids = limits.pids();
    if (pids != null) files.write(group.resolve("pids.max"), pids <= 0 ? "max" : pids.toString());
    for (Map.Entry<String, Long> each : limits.hugetlb().entrySet()) {
      files.write(group.resolve("hugetlb." + each.getKey() + ".max"), orMax(each.getValue()));
    }
  }

  private void memory(Memory memory) throws IOException {
    Long swap = memory.swap();
    Path swapMax = group.resolve("memory.swap.max");
    if (swap != null && files.exists(swapMax)) {
      files.write(swapMax, orMax(swapAlone(memory.limit(), swap)));
    }
    Long limit = memory.limit();
    if (limit != null) files.write(group.resolve("memory.max"), orMax(limit));
    Long reservation = memory.reservation();
    if (reservation != null) files.write(group.resolve("memory.low"), orMax(reservation));
  }

  /** v1 and Docker count memory and swap together. */
  private long swapAlone(@Nullable Long limit, long both) throws IOException {
    if (both < 0) return both;
    long memory = limit != null ? limit : files.number(group.resolve("memory.max"));
    if (memory < 0) {
      throw new IOException("limit swap of " + group + ": memory has no limit");
    }
    if (both < memory) {
      throw new IOException(
          "limit swap of "
              + group
              + ": memory and swap "
              + both
              + " is less than memory "
              + memory);
    }
    return both - memory;
  }

  private void cpu(Cpu cpu) throws IOException {
    Long shares = cpu.shares();
    if (shares != null) files.write(group.resolve("cpu.weight"), weight(shares));
    Long quota = cpu.quota();
    Long period = cpu.period();
    if (quota != null || period != null) {
      String[] now = files.read(group.resolve("cpu.max")).split(" ");
      String value = quota != null ? orMax(quota) : now[0];
      String each = period != null ? period.toString() : now.length > 1 ? now[1] : "";
      files.write(
          group.resolve("cpu.max"),
          value + " " + (each.isEmpty() ? Long.toString(DEFAULT_PERIOD) : each));
    }
    if (cpu.cpus() != null) files.write(group.resolve("cpuset.cpus"), cpu.cpus());
    if (cpu.mems() != null) files.write(group.resolve("cpuset.mems"), cpu.mems());
  }

  /**
   * v1's shares (2, 1024 for everyone, 262144) as v2's weight (1, 100 for everyone, 10000): the
   * curve through these three points that crun 1.23 and runc 1.4 took over from the straight line,
   * which made 1024 a mere 39.
   */
  static long weight(long shares) {
    if (shares <= 2) return 1;
    if (shares >= 262_144) return 10_000;
    double log = Math.log(shares) / Math.log(2);
    double exponent = (log * log + 125 * log) / 612.0 - 7.0 / 34.0;
    return (long) Math.ceil(Math.pow(10, exponent));
  }

  private void io(Io io) throws IOException {
    Integer weight = io.weight();
    Path bfq = group.resolve("io.bfq.weight");
    if (weight != null) {
      if (files.exists(bfq)) files.write(bfq, weight);
      else files.write(group.resolve("io.weight"), ioWeight(weight));
    }
    for (DeviceValue each : io.weights()) {
      if (files.exists(bfq)) files.write(bfq, each.device() + " " + each.value());
      else files.write(group.resolve("io.weight"), each.device() + " " + ioWeight(each.value()));
    }
    max("rbps", io.readBytes());
    max("wbps", io.writeBytes());
    max("riops", io.readOperations());
    max("wiops", io.writeOperations());
  }

  /** v1's 10 to 1000 as v2's 1 to 10000. */
  static long ioWeight(long weight) {
    return 1 + (weight - 10) * 9999 / 990;
  }

  private void max(String key, List<DeviceValue> values) throws IOException {
    for (DeviceValue each : values) {
      files.write(
          group.resolve("io.max"),
          each.device() + " " + key + "=" + (each.value() == 0 ? "max" : each.value()));
    }
  }

  private static String orMax(long value) {
    return value < 0 ? "max" : Long.toString(value);
  }
}
