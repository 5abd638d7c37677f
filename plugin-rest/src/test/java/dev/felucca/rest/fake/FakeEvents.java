package dev.felucca.rest.fake;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.event.Event;
import dev.felucca.kernel.event.EventBus;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Events in memory; filters know {@code type}, {@code event} and {@code container}. */
public final class FakeEvents implements EventBus {
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();
  private final List<Event> past = new CopyOnWriteArrayList<>();

  @Override
  public void publish(Event event) {
    past.add(event);
    listeners.forEach(listener -> listener.hear(event));
  }

  public int listeners() {
    return listeners.size();
  }

  @Override
  public Subscription subscribe(
      @Nullable Instant since,
      @Nullable Instant until,
      Map<String, List<String>> filters,
      Consumer<Event> listener,
      Runnable ended) {
    for (String key : filters.keySet()) {
      if (!List.of("type", "event", "container").contains(key)) {
        throw new EngineException(INVALID, "invalid filter '" + key + "'");
      }
    }
    Listener one = new Listener(filters, listener);
    if (since != null) {
      past.stream().filter(event -> !event.time().isBefore(since)).forEach(one::hear);
    }
    if (until != null && until.isBefore(Instant.now())) {
      ended.run();
      return () -> {};
    }
    listeners.add(one);
    return () -> listeners.remove(one);
  }

  private record Listener(Map<String, List<String>> filters, Consumer<Event> to) {
    void hear(Event event) {
      if (filters.getOrDefault("type", List.of(event.type())).contains(event.type())
          && filters.getOrDefault("event", List.of(event.action())).contains(event.action())
          && filters
              .getOrDefault("container", List.of(event.actorId()))
              .contains(event.actorId())) {
        to.accept(event);
      }
    }
  }
}
