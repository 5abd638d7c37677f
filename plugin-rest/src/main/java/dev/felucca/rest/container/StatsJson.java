package dev.felucca.rest.container;

import dev.felucca.kernel.container.ContainerDetails;
import dev.felucca.kernel.isolation.ContainerStats;
import dev.felucca.kernel.isolation.ContainerStats.BlockIo;
import dev.felucca.rest.json.JsonOut;
import java.util.List;
import java.util.TreeMap;

/** The API's {@code ContainerStatsResponse}. */
final class StatsJson {
  private static final List<String> TABLES =
      List.of(
          "io_service_bytes_recursive",
          "io_serviced_recursive",
          "io_queue_recursive",
          "io_service_time_recursive",
          "io_wait_time_recursive",
          "io_merged_recursive",
          "io_time_recursive",
          "sectors_recursive");

  private StatsJson() {}

  static byte[] of(ContainerDetails container, StatsSample before, StatsSample now) {
    return JsonOut.line(
        out -> {
          ContainerStats stats = now.stats();
          ContainerStats earlier = before.stats();
          out.text("name", "/" + container.name())
              .text("id", container.id().hex())
              .time("read", stats == null ? null : stats.read())
              .time("preread", earlier == null ? null : earlier.read())
              .object("pids_stats", pids -> pids(pids, now))
              .object("blkio_stats", blkio -> blkio(blkio, now))
              .number("num_procs", 0)
              .object("storage_stats", none -> {})
              .object("cpu_stats", cpu -> cpu(cpu, now))
              .object("precpu_stats", cpu -> cpu(cpu, before))
              .object("memory_stats", memory -> memory(memory, now));
          if (!now.interfaces().isEmpty()) {
            out.object(
                "networks",
                networks ->
                    now.interfaces()
                        .forEach(
                            (name, counters) ->
                                networks.object(name, to -> network(to, counters))));
          }
        });
  }

  private static void pids(JsonOut out, StatsSample sample) {
    ContainerStats stats = sample.stats();
    if (stats != null) {
      out.number("current", stats.pids());
      // Without a limit Docker shows the largest unsigned number there is.
      out.unsigned("limit", stats.pidsLimit() <= 0 ? -1 : stats.pidsLimit());
    }
  }

  private static void blkio(JsonOut out, StatsSample sample) {
    ContainerStats stats = sample.stats();
    for (String table : TABLES) {
      List<BlockIo> rows =
          stats == null
              ? List.of()
              : stats.blockIo().stream().filter(row -> row.table().equals(table)).toList();
      if (rows.isEmpty()) {
        out.nothing(table);
      } else {
        out.objects(
            table,
            rows,
            (one, row) ->
                one.number("major", row.major())
                    .number("minor", row.minor())
                    .text("op", row.op())
                    .number("value", row.value()));
      }
    }
  }

  private static void cpu(JsonOut out, StatsSample sample) {
    ContainerStats stats = sample.stats();
    out.object(
        "cpu_usage",
        usage -> {
          usage.number("total_usage", stats == null ? 0 : stats.cpuTotal());
          if (stats != null && !stats.cpuPerCore().isEmpty()) {
            usage.numbers(
                "percpu_usage", stats.cpuPerCore().stream().mapToLong(Long::longValue).toArray());
          }
          usage
              .number("usage_in_kernelmode", stats == null ? 0 : stats.cpuSystem())
              .number("usage_in_usermode", stats == null ? 0 : stats.cpuUser());
        });
    if (stats != null) {
      out.number("system_cpu_usage", sample.hostCpu()).number("online_cpus", sample.cpus());
    }
    out.object(
        "throttling_data",
        throttling ->
            throttling
                .number("periods", stats == null ? 0 : stats.throttlingPeriods())
                .number("throttled_periods", stats == null ? 0 : stats.throttledPeriods())
                .number("throttled_time", stats == null ? 0 : stats.throttledTime()));
  }

  private static void memory(JsonOut out, StatsSample sample) {
    ContainerStats stats = sample.stats();
    if (stats == null) {
      return;
    }
    out.number("usage", stats.memoryUsage());
    if (stats.memoryMax() > 0) {
      out.number("max_usage", stats.memoryMax());
    }
    out.object("stats", details -> new TreeMap<>(stats.memoryDetails()).forEach(details::number));
    if (stats.memoryFailures() > 0) {
      out.number("failcnt", stats.memoryFailures());
    }
    out.unsigned("limit", stats.memoryLimit());
  }

  private static void network(JsonOut out, HostUse.Interface counters) {
    out.number("rx_bytes", counters.receivedBytes())
        .number("rx_packets", counters.receivedPackets())
        .number("rx_errors", counters.receivedErrors())
        .number("rx_dropped", counters.receivedDropped())
        .number("tx_bytes", counters.sentBytes())
        .number("tx_packets", counters.sentPackets())
        .number("tx_errors", counters.sentErrors())
        .number("tx_dropped", counters.sentDropped());
  }
}
