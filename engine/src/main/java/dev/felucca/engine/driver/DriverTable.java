package dev.felucca.engine.driver;

import dev.felucca.kernel.Driver;
import dev.felucca.kernel.EngineException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The drivers of one kind that are here now. A driver is held for the length of a call: {@link
 * #unbind} lets no new call in and waits for those that are in, but not for ever, as a call may
 * hang in a dead mount. Keep nothing that a driver gave beyond the call, and no driver at all.
 */
public final class DriverTable<D extends Driver> {
  private static final Logger LOG = LoggerFactory.getLogger(DriverTable.class);

  private final String kind;
  private final Duration patience;
  private final Map<String, Deque<Held<D>>> byName = new TreeMap<>();
  private final List<Consumer<String>> arrivals = new CopyOnWriteArrayList<>();
  private final List<Consumer<String>> departures = new CopyOnWriteArrayList<>();

  private static final class Held<D> {
    final D driver;
    int calls;

    Held(D driver) {
      this.driver = driver;
    }
  }

  /** What is done with the driver while it is held. */
  @FunctionalInterface
  public interface Call<D, R> {
    R on(D driver) throws IOException;
  }

  /** A call that answers nothing. */
  @FunctionalInterface
  public interface Action<D> {
    void on(D driver) throws IOException;
  }

  /** What a driver said of itself. */
  public record Presence(String name, Optional<String> unusable, Map<String, String> status) {}

  /**
   * @param kind for messages: {@code storage}
   * @param patience how long {@link #unbind} waits for calls that are under way
   */
  public DriverTable(String kind, Duration patience) {
    this.kind = kind;
    this.patience = patience;
  }

  public String kind() {
    return kind;
  }

  /**
   * Calls the driver of this name, holding it meanwhile.
   *
   * @throws EngineException UNAVAILABLE, naming the driver, when it is not here or cannot work on
   *     this host
   */
  public <R> R use(String name, Call<D, R> call) throws IOException {
    Held<D> held = take(name);
    try {
      held.driver
          .unusable()
          .ifPresent(
              reason -> {
                throw unavailable(kind + " driver " + name + " cannot be used here: " + reason);
              });
      return call.on(held.driver);
    } finally {
      letGo(held);
    }
  }

  /** As {@link #use}, for calls that answer nothing. */
  public void run(String name, Action<D> action) throws IOException {
    use(
        name,
        driver -> {
          action.on(driver);
          return Boolean.TRUE;
        });
  }

  private Held<D> take(String name) {
    synchronized (byName) {
      Deque<Held<D>> stack = byName.get(name);
      if (stack == null) {
        throw unavailable(
            kind + " driver " + name + " is not available: no bundle provides it now");
      }
      Held<D> held = stack.getFirst();
      held.calls++;
      return held;
    }
  }

  private static EngineException unavailable(String message) {
    return new EngineException(EngineException.Kind.UNAVAILABLE, message);
  }

  /** The newest of two drivers with one name is used: a bundle update may overlap. */
  public void bind(D driver) {
    String name = driver.name();
    synchronized (byName) {
      byName.computeIfAbsent(name, key -> new ArrayDeque<>()).addFirst(new Held<>(driver));
    }
    arrivals.forEach(arrival -> arrival.accept(name));
  }

  /** Forgets the driver, then waits for the calls it is in, for as long as the patience allows. */
  public void unbind(D driver) {
    String name = driver.name();
    drain(name, driver);
    departures.forEach(departure -> departure.accept(name));
  }

  private void drain(String name, D driver) {
    synchronized (byName) {
      Held<D> held = forget(name, driver);
      long end = System.nanoTime() + patience.toNanos();
      while (held != null && held.calls > 0) {
        long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
        if (left <= 0) {
          LOG.warn(
              "{} driver {} goes while {} of its calls have not returned", kind, name, held.calls);
          return;
        }
        try {
          byName.wait(left);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          return;
        }
      }
    }
  }

  private @Nullable Held<D> forget(String name, D driver) {
    Deque<Held<D>> stack = byName.get(name);
    if (stack == null) {
      return null;
    }
    for (Held<D> held : stack) {
      if (held.driver == driver) {
        stack.remove(held);
        if (stack.isEmpty()) {
          byName.remove(name);
        }
        return held;
      }
    }
    return null;
  }

  /** The names of the drivers that are here, sorted; usable or not. */
  public List<String> names() {
    synchronized (byName) {
      return List.copyOf(byName.keySet());
    }
  }

  public boolean has(String name) {
    synchronized (byName) {
      return byName.containsKey(name);
    }
  }

  /** What the driver of this name says of itself; empty when it is not here. */
  public Optional<Presence> presence(String name) {
    Held<D> held;
    try {
      held = take(name);
    } catch (EngineException gone) {
      return Optional.empty();
    }
    D driver = held.driver;
    try {
      var unusable = driver.unusable();
      return Optional.of(
          new Presence(name, unusable, unusable.isEmpty() ? driver.status() : Map.of()));
    } finally {
      letGo(held);
    }
  }

  /** True when it is here and works on this host; asks nothing else of it. */
  public boolean usable(String name) {
    Held<D> held;
    try {
      held = take(name);
    } catch (EngineException gone) {
      return false;
    }
    try {
      return held.driver.unusable().isEmpty();
    } finally {
      letGo(held);
    }
  }

  /**
   * Has {@code arrival} told the name of each driver that comes from now on; it must not block.
   *
   * @return ends that
   */
  public Runnable onArrival(Consumer<String> arrival) {
    arrivals.add(arrival);
    return () -> arrivals.remove(arrival);
  }

  /**
   * Has {@code departure} told the name of each driver that has gone from now on, when the calls it
   * was in have returned or hang; it must not block.
   *
   * @return ends that
   */
  public Runnable onDeparture(Consumer<String> departure) {
    departures.add(departure);
    return () -> departures.remove(departure);
  }

  private void letGo(Held<D> held) {
    synchronized (byName) {
      held.calls--;
      byName.notifyAll();
    }
  }
}
