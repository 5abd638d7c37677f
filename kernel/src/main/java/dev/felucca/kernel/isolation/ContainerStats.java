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
  /** With the host's memory as the limit where there is none, or a higher one. */
  public ContainerStats withMemoryOf(long host) {
    if (host <= 0 || (memoryLimit > 0 && memoryLimit <= host)) {
      return this;
    }
    return new ContainerStats(
        read,
        cpuTotal,
        cpuUser,
        cpuSystem,
        cpuPerCore,
        throttledPeriods,
        throttlingPeriods,
        throttledTime,
        memoryUsage,
        memoryMax,
        host,
        memoryFailures,
        memoryDetails,
        pids,
        pidsLimit,
        blockIo);
  }

  /**
   * One counter of one device: {@code op} is Read, Write, Sync…; {@code table} is the API's list it
   * belongs to.
   */
  public record BlockIo(String table, long major, long minor, String op, long value) {}
}
