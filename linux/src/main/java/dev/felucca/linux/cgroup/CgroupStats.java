package dev.felucca.linux.cgroup;

import java.util.List;
import java.util.Map;

/**
 * One reading of a group's counters: times in nanoseconds, sizes in bytes; {@link #UNLIMITED} where
 * no limit is set, 0 where this kernel has no such counter.
 */
public record CgroupStats(Cpu cpu, Memory memory, Pids pids, List<Io> io) {
  public static final long UNLIMITED = -1;

  public CgroupStats {
    io = List.copyOf(io);
  }

  /**
   * Processor time since the group was made.
   *
   * @param perCore empty on v2, which doesn't count so
   * @param periods elapsed enforcement periods of the quota
   */
  public record Cpu(
      long total,
      long user,
      long system,
      List<Long> perCore,
      long periods,
      long throttledPeriods,
      long throttledTime) {
    public Cpu {
      perCore = List.copyOf(perCore);
    }
  }

  /**
   * Memory now, and at most so far.
   *
   * @param failures how often the limit was hit: v1's failcnt; on v2, as in Docker, out of memory
   *     events
   * @param details memory.stat, by the kernel's names
   */
  public record Memory(long usage, long max, long limit, long failures, Map<String, Long> details) {
    public Memory {
      details = Map.copyOf(details);
    }
  }

  /** Processes and threads. */
  public record Pids(long current, long limit) {}

  /**
   * A device's counter.
   *
   * @param table the Docker API's list: {@code io_service_bytes_recursive}, …
   * @param operation {@code Read}, {@code Write}, {@code Sync}, …; lower case on v2, as in Docker
   */
  public record Io(String table, long major, long minor, String operation, long value) {}
}
