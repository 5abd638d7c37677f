package dev.felucca.kernel.isolation;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * One reading of a container's use of the machine; times in nanoseconds, sizes in bytes.
 *
 * @param memoryDetails the kernel's own counters by their own names (memory.stat)
 */
public record ContainerStats(
    Instant read,
    long cpuTotal,
    long cpuUser,
    long cpuSystem,
    List<Long> cpuPerCore,
    long throttledPeriods,
    long throttlingPeriods,
    long throttledTime,
    long memoryUsage,
    long memoryMax,
    long memoryLimit,
    long memoryFailures,
    Map<String, Long> memoryDetails,
    long pids,
    long pidsLimit,
    List<BlockIo> blockIo) {
  /**
   * One counter of one device: {@code op} is Read, Write, Sync…; {@code table} is the API's list it
   * belongs to.
   */
  public record BlockIo(String table, long major, long minor, String op, long value) {}
}
