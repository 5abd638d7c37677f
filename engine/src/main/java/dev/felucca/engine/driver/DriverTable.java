package dev.felucca.engine.driver;

import dev.felucca.kernel.Driver;
import dev.felucca.kernel.EngineException;
import java.io.IOException;
import java.io.InterruptedIOException;
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

  /** Guarded by {@link #byName}. */
  private @Nullable Consumer<String> greeter;

  private static final class Held<D> {
    final D driver;
    int calls;
    boolean greeting;
    boolean greeted;

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
   * Calls the driver of this name, holding it meanwhile. One that is to be greeted is waited for.
   *
   * @throws EngineException UNAVAILABLE, naming the driver, when it is not here or cannot work on
   *     this host
   */
  public <R> R use(String name, Call<D, R> call) throws IOException {
    Held<D> held = takeGreeted(name);
    try {
      return call(name, held, call);
    } finally {
      letGo(held);
    }
  }

  /** As {@link #use}, for what no earlier engine has to do with: it is answered ungreeted. */
  public <R> R ask(String name, Call<D, R> call) throws IOException {
    Held<D> held = take(name);
    try {
      return call(name, held, call);
    } finally {
      letGo(held);
    }
  }

  private <R> R call(String name, Held<D> held, Call<D, R> call) throws IOException {
    held.driver
        .unusable()
        .ifPresent(
            reason -> {
              throw unavailable(kind + " driver " + name + " cannot be used here: " + reason);
            });
    return call.on(held.driver);
  }

  /**
   * The first call to a driver, on the word of {@link #greetEach}. However it ends, the others that
   * wait go on then.
   *
   * @return empty when this driver is, or was, greeted by somebody else
   */
  public <R> Optional<R> greet(String name, Call<D, R> call) throws IOException {
    Held<D> held;
    synchronized (byName) {
      held = first(name);
      if (held.greeting) {
        return Optional.empty();
      }
      held.greeting = true;
      held.calls++;
    }
    try {
      return Optional.of(call(name, held, call));
    } finally {
      synchronized (byName) {
        held.greeted = true;
      }
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
      Held<D> held = first(name);
      held.calls++;
      return held;
    }
  }

  private Held<D> takeGreeted(String name) throws InterruptedIOException {
    synchronized (byName) {
      long end = 0;
      Held<D> held = first(name);
      while (greeter != null && !held.greeted) {
        end = end == 0 ? System.nanoTime() + patience.toNanos() : end;
        long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
        if (left <= 0) {
          throw unavailable(
              kind + " driver " + name + " has not yet found again what an earlier engine left");
        }
        try {
          byName.wait(left);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new InterruptedIOException("interrupted while waiting for driver " + name);
        }
        held = first(name); // its successor may have come meanwhile
      }
      held.calls++;
      return held;
    }
  }

  private Held<D> first(String name) {
    Deque<Held<D>> stack = byName.get(name);
    if (stack == null) {
      throw unavailable(kind + " driver " + name + " is not available: no bundle provides it now");
    }
    return stack.getFirst();
  }

  private static EngineException unavailable(String message) {
    return new EngineException(EngineException.Kind.UNAVAILABLE, message);
  }

  /**
   * The newest of two drivers with one name is used: a bundle update may overlap. One that is here
   * already is no second one: it would be left behind when it goes.
   */
  public void bind(D driver) {
    String name = driver.name();
    Consumer<String> greets;
    synchronized (byName) {
      Deque<Held<D>> stack = byName.computeIfAbsent(name, key -> new ArrayDeque<>());
      if (stack.stream().anyMatch(held -> held.driver == driver)) {
        return;
      }
      stack.addFirst(new Held<>(driver));
      greets = greeter;
    }
    if (greets != null) {
      greets.accept(name);
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
   * Has {@code greets} told the name of each driver that is here and of each that comes, once. It
   * must not block, and must see to it that {@link #greet} is called: all other calls to the driver
   * wait until that has returned, or for as long as the patience allows.
   *
   * @return ends that
   */
  public Runnable greetEach(Consumer<String> greets) {
    List<String> here;
    synchronized (byName) {
      here = List.copyOf(byName.keySet());
      greeter = greets;
    }
    here.forEach(greets);
    return () -> {
      synchronized (byName) {
        greeter = null;
        for (Deque<Held<D>> stack : byName.values()) {
          stack.forEach(held -> held.greeting = held.greeted = false);
        }
        byName.notifyAll();
      }
    };
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
