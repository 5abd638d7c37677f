package dev.felucca.linux.cgroup;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a group may use. Null, or an empty list, leaves what is there.
 *
 * @param pids processes and threads; 0 and less are without limit
 * @param devices in the order in which they are applied
 * @param hugetlb bytes by page size in the kernel's spelling, such as {@code 2MB}
 */
public record CgroupLimits(
    Memory memory,
    Cpu cpu,
    Io io,
    @Nullable Long pids,
    List<DeviceRule> devices,
    Map<String, Long> hugetlb) {
  public static final CgroupLimits NONE =
      new CgroupLimits(Memory.NONE, Cpu.NONE, Io.NONE, null, List.of(), Map.of());

  public CgroupLimits {
    devices = List.copyOf(devices);
    hugetlb = Map.copyOf(hugetlb);
  }

  public CgroupLimits with(Memory other) {
    return new CgroupLimits(other, cpu, io, pids, devices, hugetlb);
  }

  public CgroupLimits with(Cpu other) {
    return new CgroupLimits(memory, other, io, pids, devices, hugetlb);
  }

  public CgroupLimits with(Io other) {
    return new CgroupLimits(memory, cpu, other, pids, devices, hugetlb);
  }

  public CgroupLimits withPids(long other) {
    return new CgroupLimits(memory, cpu, io, other, devices, hugetlb);
  }

  public CgroupLimits withDevices(List<DeviceRule> other) {
    return new CgroupLimits(memory, cpu, io, pids, other, hugetlb);
  }

  /**
   * Bytes; -1 is without limit.
   *
   * @param swap memory and swap together, as Docker counts it; v2 has swap alone, so there {@code
   *     limit} must come with it
   * @param swappiness 0 to 100; v2 has no such thing and it is passed over
   * @param oomKillDisable v1 only, passed over on v2
   */
  public record Memory(
      @Nullable Long limit,
      @Nullable Long reservation,
      @Nullable Long swap,
      @Nullable Long swappiness,
      @Nullable Boolean oomKillDisable) {
    public static final Memory NONE = new Memory(null, null, null, null, null);

    public static Memory limit(long bytes) {
      return new Memory(bytes, null, null, null, null);
    }

    boolean asked() {
      return !equals(NONE);
    }
  }

  /**
   * Processor time, and which processors.
   *
   * @param shares v1's scale, 2 to 262144 with 1024 for everyone
   * @param quota microseconds in each period; -1 is without limit
   * @param period microseconds
   * @param realtimeRuntime v1 only, passed over on v2, as {@code realtimePeriod}
   * @param cpus a list such as {@code 0-2,4}
   * @param mems memory nodes, likewise
   */
  public record Cpu(
      @Nullable Long shares,
      @Nullable Long quota,
      @Nullable Long period,
      @Nullable Long realtimeRuntime,
      @Nullable Long realtimePeriod,
      @Nullable String cpus,
      @Nullable String mems) {
    public static final Cpu NONE = new Cpu(null, null, null, null, null, null, null);

    boolean askedTime() {
      return shares != null
          || quota != null
          || period != null
          || realtimeRuntime != null
          || realtimePeriod != null;
    }

    boolean askedSet() {
      return cpus != null || mems != null;
    }
  }

  /**
   * Input and output of block devices.
   *
   * @param weight 10 to 1000, v1's scale
   */
  public record Io(
      @Nullable Integer weight,
      List<DeviceValue> weights,
      List<DeviceValue> readBytes,
      List<DeviceValue> writeBytes,
      List<DeviceValue> readOperations,
      List<DeviceValue> writeOperations) {
    public static final Io NONE =
        new Io(null, List.of(), List.of(), List.of(), List.of(), List.of());

    public Io {
      weights = List.copyOf(weights);
      readBytes = List.copyOf(readBytes);
      writeBytes = List.copyOf(writeBytes);
      readOperations = List.copyOf(readOperations);
      writeOperations = List.copyOf(writeOperations);
    }

    boolean asked() {
      return !equals(NONE);
    }
  }

  /** A block device's weight, or its bytes or operations a second (0 is without limit). */
  public record DeviceValue(int major, int minor, long value) {
    String device() {
      return major + ":" + minor;
    }
  }
}
