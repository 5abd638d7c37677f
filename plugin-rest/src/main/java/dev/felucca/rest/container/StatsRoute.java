package dev.felucca.rest.container;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.ContainerDetails;
import dev.felucca.kernel.isolation.ContainerStats;
import dev.felucca.rest.KernelServices;
import dev.felucca.rest.http.Body;
import dev.felucca.rest.http.Exchange;
import dev.felucca.rest.http.Query;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

/**
 * {@code GET /containers/{id}/stats}: one reading, two a second apart, or one each second. Between
 * readings no thread is held.
 */
final class StatsRoute {
  private static final long INTERVAL = 1000;
  private static final long MOST_QUEUED = 64 * 1024;
  private final KernelServices services;

  StatsRoute(KernelServices services) {
    this.services = services;
  }

  void stats(Exchange exchange) throws IOException {
    Query query = exchange.request().query();
    ContainerDetails container = services.queries().inspect(exchange.request().name("id"), false);
    StatsSample first = sample(container);
    if (query.flag("stream", true)) {
      Body body = exchange.stream("application/json");
      body.send(StatsJson.of(container, StatsSample.NOTHING, first));
      next(exchange, container, first, body);
    } else if (query.flag("one-shot") || first.stats() == null) {
      exchange.json(StatsJson.of(container, StatsSample.NOTHING, first));
    } else {
      afterInterval(
          exchange, container, second -> exchange.json(StatsJson.of(container, first, second)));
    }
  }

  private void next(Exchange exchange, ContainerDetails container, StatsSample before, Body body) {
    if (exchange.gone()) {
      return; // Its answer was cut; one that has an end is still given to who only sends no more.
    }
    afterInterval(
        exchange,
        container,
        now -> {
          if (body.queued() < MOST_QUEUED) {
            body.send(StatsJson.of(container, before, now));
          }
          next(exchange, container, now, body);
        });
  }

  private void afterInterval(
      Exchange exchange, ContainerDetails container, Consumer<StatsSample> then) {
    exchange.later(
        INTERVAL,
        () -> {
          try {
            exchange.threads().work().execute(() -> take(exchange, container, then));
          } catch (RejectedExecutionException e) {
            exchange.fail(e);
          }
        });
  }

  private void take(Exchange exchange, ContainerDetails container, Consumer<StatsSample> then) {
    try {
      then.accept(sample(services.queries().inspect(container.id().hex(), false)));
    } catch (IOException | RuntimeException e) {
      exchange.fail(e);
    }
  }

  private StatsSample sample(ContainerDetails container) throws IOException {
    if (!container.state().status().alive()) {
      return StatsSample.NOTHING;
    }
    try {
      ContainerStats stats = services.queries().stats(container.id().hex());
      return new StatsSample(
          stats,
          HostUse.cpuNanos(),
          Runtime.getRuntime().availableProcessors(),
          // On the host's network the counters are the host's, not the container's.
          container.hostConfig().networkMode().equals("host")
              ? Map.of()
              : HostUse.interfaces(container.state().pid()));
    } catch (IOException | EngineException e) {
      if (services.queries().inspect(container.id().hex(), false).state().status().alive()) {
        throw e;
      }
      return StatsSample.NOTHING; // It ended while it was being read.
    }
  }
}
