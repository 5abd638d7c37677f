package dev.felucca.linux.cgroup;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** v2's counters. */
final class V2Stats {
  private static final long MICROSECOND = 1000;

  private final CgroupFiles files;
  private final Path group;

  V2Stats(CgroupFiles files, Path group) {
    this.files = files;
    this.group = group;
  }

  CgroupStats read() throws IOException {
    return new CgroupStats(
        cpu(),
        memory(),
        new CgroupStats.Pids(
            files.number(group.resolve("pids.current")), files.number(group.resolve("pids.max"))),
        io());
  }

  private CgroupStats.Cpu cpu() throws IOException {
    Map<String, Long> stat = files.table(group.resolve("cpu.stat"));
    return new CgroupStats.Cpu(
        stat.getOrDefault("usage_usec", 0L) * MICROSECOND,
        stat.getOrDefault("user_usec", 0L) * MICROSECOND,
        stat.getOrDefault("system_usec", 0L) * MICROSECOND,
        List.of(),
        stat.getOrDefault("nr_periods", 0L),
        stat.getOrDefault("nr_throttled", 0L),
        stat.getOrDefault("throttled_usec", 0L) * MICROSECOND);
  }

  private CgroupStats.Memory memory() throws IOException {
    return new CgroupStats.Memory(
        files.number(group.resolve("memory.current")),
        files.number(group.resolve("memory.peak")), // from Linux 5.19
        files.number(group.resolve("memory.max")),
        files.table(group.resolve("memory.events")).getOrDefault("oom", 0L),
        files.table(group.resolve("memory.stat")));
  }

  /** Lines of {@code 8:0 rbytes=4096 wbytes=0 rios=1 wios=0 dbytes=0 dios=0}. */
  private List<CgroupStats.Io> io() throws IOException {
    List<CgroupStats.Io> found = new ArrayList<>();
    Path file = group.resolve("io.stat");
    if (!files.exists(file)) return found;
    for (String line : files.lines(file)) {
      String[] words = line.split("[ :]");
      if (words.length < 2) continue;
      for (int i = 2; i < words.length; i++) {
        int equal = words[i].indexOf('=');
        if (equal < 0) continue;
        String key = words[i].substring(0, equal);
        String table =
            key.endsWith("bytes") ? "io_service_bytes_recursive" : "io_serviced_recursive";
        String operation =
            switch (key) {
              case "rbytes", "rios" -> "read";
              case "wbytes", "wios" -> "write";
              case "dbytes", "dios" -> "discard";
              default -> "";
            };
        if (operation.isEmpty()) continue;
        found.add(
            new CgroupStats.Io(
                table,
                Long.parseLong(words[0]),
                Long.parseLong(words[1]),
                operation,
                Long.parseLong(words[i].substring(equal + 1))));
      }
    }
    return found;
  }
}
