package dev.felucca.linux.cgroup;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** v1's counters. */
final class V1Stats {
  private static final long TICK = 10_000_000;
  // The kernel prints "no limit" as the largest long in whole pages.
  private static final long NO_LIMIT = 1L << 62;

  /** The API's tables, and the files that may have them: BFQ's first, as it counts more. */
  private static final Map<String, List<String>> TABLES =
      Map.of(
          "io_service_bytes_recursive",
          List.of("bfq.io_service_bytes_recursive", "throttle.io_service_bytes_recursive"),
          "io_serviced_recursive",
          List.of("bfq.io_serviced_recursive", "throttle.io_serviced_recursive"),
          "io_queue_recursive",
          List.of("bfq.io_queued_recursive"),
          "io_service_time_recursive",
          List.of("bfq.io_service_time_recursive"),
          "io_wait_time_recursive",
          List.of("bfq.io_wait_time_recursive"),
          "io_merged_recursive",
          List.of("bfq.io_merged_recursive"),
          "io_time_recursive",
          List.of("bfq.time_recursive"),
          "sectors_recursive",
          List.of("bfq.sectors_recursive"));

  private final CgroupFiles files;

  V1Stats(CgroupFiles files) {
    this.files = files;
  }

  CgroupStats.Cpu cpu(Path cpuacct, Path cpu) throws IOException {
    List<Long> perCore = new ArrayList<>();
    try {
      for (String core : files.read(cpuacct.resolve("cpuacct.usage_percpu")).split(" ")) {
        perCore.add(Long.valueOf(core));
      }
    } catch (NoSuchFileException e) {
      perCore.clear();
    }
    Map<String, Long> ticks = files.table(cpuacct.resolve("cpuacct.stat"));
    Map<String, Long> throttling = files.table(cpu.resolve("cpu.stat"));
    return new CgroupStats.Cpu(
        files.number(cpuacct.resolve("cpuacct.usage")),
        nanoseconds(cpuacct.resolve("cpuacct.usage_user"), ticks.getOrDefault("user", 0L)),
        nanoseconds(cpuacct.resolve("cpuacct.usage_sys"), ticks.getOrDefault("system", 0L)),
        perCore,
        throttling.getOrDefault("nr_periods", 0L),
        throttling.getOrDefault("nr_throttled", 0L),
        throttling.getOrDefault("throttled_time", 0L));
  }

  /** The finer files came with Linux 4.6. */
  private long nanoseconds(Path fine, long ticks) throws IOException {
    return files.exists(fine) ? files.number(fine) : ticks * TICK;
  }

  CgroupStats.Memory memory(Path group) throws IOException {
    long limit = files.number(group.resolve("memory.limit_in_bytes"));
    return new CgroupStats.Memory(
        files.number(group.resolve("memory.usage_in_bytes")),
        files.number(group.resolve("memory.max_usage_in_bytes")),
        limit >= NO_LIMIT ? CgroupStats.UNLIMITED : limit,
        files.number(group.resolve("memory.failcnt")),
        files.table(group.resolve("memory.stat")));
  }

  CgroupStats.Pids pids(Path group) throws IOException {
    return new CgroupStats.Pids(
        files.number(group.resolve("pids.current")), files.number(group.resolve("pids.max")));
  }

  List<CgroupStats.Io> io(Path group) throws IOException {
    List<CgroupStats.Io> found = new ArrayList<>();
    for (Map.Entry<String, List<String>> table : TABLES.entrySet()) {
      for (String name : table.getValue()) {
        Path file = group.resolve("blkio." + name);
        int before = found.size();
        if (files.exists(file)) table(table.getKey(), file, found);
        if (found.size() > before) break;
      }
    }
    return found;
  }

  /** Lines of {@code 8:0 Read 4096}, {@code 8:0 4096} and {@code Total 4096}. */
  private void table(String table, Path file, List<CgroupStats.Io> found) throws IOException {
    for (String line : files.lines(file)) {
      String[] words = line.split("[ :]");
      if (words.length < 3) continue;
      found.add(
          new CgroupStats.Io(
              table,
              Long.parseLong(words[0]),
              Long.parseLong(words[1]),
              words.length == 4 ? words[2] : "",
              Long.parseLong(words[words.length - 1])));
    }
  }
}
