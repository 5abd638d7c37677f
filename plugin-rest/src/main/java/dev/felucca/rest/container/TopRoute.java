package dev.felucca.rest.container;

import dev.felucca.kernel.isolation.ProcessInfo;
import dev.felucca.rest.KernelServices;
import dev.felucca.rest.http.Exchange;
import dev.felucca.rest.json.JsonOut;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** {@code GET /containers/{id}/top}. */
final class TopRoute {
  private final KernelServices services;

  TopRoute(KernelServices services) {
    this.services = services;
  }

  void top(Exchange exchange) throws IOException {
    String arguments = exchange.request().query().text("ps_args");
    List<TopColumn> columns = TopColumn.parse(arguments.isEmpty() ? "-ef" : arguments);
    List<List<String>> rows = new ArrayList<>();
    for (ProcessInfo process : services.queries().processes(exchange.request().name("id"))) {
      ProcStat stat = ProcStat.read(process.pid());
      rows.add(columns.stream().map(column -> column.of(process, stat)).toList());
    }
    exchange.json(
        JsonOut.object(
            out ->
                out.texts("Titles", columns.stream().map(TopColumn::title).toList())
                    .rows("Processes", rows)));
  }
}
