package dev.felucca.shell;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.ContainerDetails;
import dev.felucca.kernel.container.ContainerQueries;
import dev.felucca.kernel.isolation.ContainerStats;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code stats [CONTAINER…]}: one look at what containers use, over an interval. */
@Command(description = "show what running containers use")
final class StatsCommand extends ShellCommand {
  @Option(
      names = "--interval",
      paramLabel = "MILLISECONDS",
      description = "milliseconds between the two readings [${DEFAULT-VALUE}]")
  private long interval = 500;

  @Parameters(arity = "0..*", paramLabel = "CONTAINER")
  private List<String> containers = new ArrayList<>();

  StatsCommand(Context context) {
    super(context);
  }

  @Override
  int run() throws Exception {
    Map<String, ContainerStats> before = read();
    Thread.sleep(Math.max(1, interval));
    Map<String, ContainerStats> now = read();
    Table table =
        new Table("CONTAINER", "CPU %", "MEM USAGE / LIMIT", "MEM %", "BLOCK I/O", "PIDS");
    now.forEach(
        (name, stats) -> {
          ContainerStats first = before.get(name);
          if (first != null) {
            table.row(row(name, first, stats));
          }
        });
    table.lines().forEach(console()::print);
    return 0;
  }

  private Map<String, ContainerStats> read() throws Exception {
    List<String> names = containers;
    if (names.isEmpty()) {
      names =
          use(ContainerQueries.class, queries -> queries.list(false, 0, false, Map.of())).stream()
              .map(ContainerDetails::name)
              .toList();
    }
    Map<String, ContainerStats> all = new LinkedHashMap<>();
    for (String name : names) {
      try {
        all.put(name, use(ContainerQueries.class, queries -> queries.stats(name)));
      } catch (EngineException e) {
        if (!containers.isEmpty()) {
          throw e;
        }
        continue; // it ended meanwhile
      }
    }
    return all;
  }

  private static String[] row(String name, ContainerStats first, ContainerStats now) {
    long nanos = Math.max(1, Duration.between(first.read(), now.read()).toNanos());
    long used = Math.max(0, now.memoryUsage() - idle(now.memoryDetails()));
    return new String[] {
      name,
      String.format(Locale.ROOT, "%.2f%%", 100.0 * (now.cpuTotal() - first.cpuTotal()) / nanos),
      Bytes.show(used) + " / " + Bytes.show(now.memoryLimit()),
      String.format(Locale.ROOT, "%.2f%%", 100.0 * used / Math.max(1, now.memoryLimit())),
      Bytes.show(moved(now, "read")) + " / " + Bytes.show(moved(now, "write")),
      Long.toString(now.pids())
    };
  }

  /** Pages of files that nobody has used lately, which the docker CLI leaves out as well. */
  private static long idle(Map<String, Long> details) {
    return details.getOrDefault("total_inactive_file", details.getOrDefault("inactive_file", 0L));
  }

  private static long moved(ContainerStats stats, String operation) {
    return stats.blockIo().stream()
        .filter(row -> row.table().equals("io_service_bytes_recursive"))
        .filter(row -> row.op().equalsIgnoreCase(operation))
        .mapToLong(ContainerStats.BlockIo::value)
        .sum();
  }
}
