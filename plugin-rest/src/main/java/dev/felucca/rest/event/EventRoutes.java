package dev.felucca.rest.event;

import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.rest.http.Dispatcher.Lane.QUERY;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.event.EventBus.Subscription;
import dev.felucca.rest.KernelServices;
import dev.felucca.rest.http.Exchange;
import dev.felucca.rest.http.Query;
import dev.felucca.rest.json.GoTime;
import dev.felucca.rest.route.Router;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The route of events. */
public final class EventRoutes {
  private final KernelServices services;
  private final EventLines lines = new EventLines();
  private final AtomicInteger listeners = new AtomicInteger();

  public EventRoutes(KernelServices services) {
    this.services = services;
  }

  public void addTo(Router router) {
    router.add(QUERY, "GET", "/events", this::events);
  }

  /** How many clients listen now. */
  public int listeners() {
    return listeners.get();
  }

  /** Here 0 is a time. */
  private static @Nullable Instant time(Query query, String name) {
    return query.text(name).equals("0") ? Instant.EPOCH : GoTime.parse(name, query.get(name));
  }

  private void events(Exchange exchange) {
    Query query = exchange.request().query();
    Instant until = time(query, "until");
    Instant since = time(query, "since");
    if (since == null && until != null) {
      since = Instant.EPOCH; // With an end, what is kept from before is meant too.
    }
    if (since != null && until != null && since.isAfter(until)) {
      throw new EngineException(
          INVALID,
          "`since` time ("
              + query.get("since")
              + ") cannot be after `until` time ("
              + query.get("until")
              + ")");
    }
    EventStream stream = new EventStream(lines);
    AtomicBoolean listening = new AtomicBoolean(true);
    listeners.incrementAndGet();
    Runnable over =
        () -> {
          if (listening.compareAndSet(true, false)) {
            listeners.decrementAndGet();
          }
        };
    Subscription subscription;
    try {
      subscription =
          services
              .events()
              .subscribe(
                  since,
                  until,
                  exchange.request().filters(),
                  stream,
                  () -> {
                    over.run();
                    stream.ended();
                  });
    } catch (RuntimeException e) {
      over.run();
      throw e;
    }
    exchange.whenGone(
        () -> {
          over.run();
          subscription.close();
        });
    stream.open(exchange.stream("application/json"));
  }
}
