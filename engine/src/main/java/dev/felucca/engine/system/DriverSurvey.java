package dev.felucca.engine.system;

import dev.felucca.engine.driver.DriverTable;
import dev.felucca.engine.driver.DriverTable.Presence;
import dev.felucca.kernel.Driver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Asks every driver what it says of itself, all at once, and waits only so long: one that hangs is
 * said to hang. It is not asked again before it has answered, so that no threads pile up in it.
 */
final class DriverSurvey implements AutoCloseable {
  private final Duration patience;
  private final Map<Question, Asked> open = new ConcurrentHashMap<>();
  private final List<Runnable> subscriptions = new ArrayList<>();

  private record Question(String kind, String name) {}

  private record Asked(long since, CompletableFuture<Optional<Presence>> answer) {}

  /**
   * @param tables whose drivers are asked; a driver that comes under the name of one that hangs is
   *     asked anew
   * @param patience for all of them together
   */
  DriverSurvey(List<DriverTable<? extends Driver>> tables, Duration patience) {
    this.patience = patience;
    for (DriverTable<? extends Driver> table : tables) {
      subscriptions.add(table.onArrival(name -> open.remove(new Question(table.kind(), name))));
    }
  }

  /** By name, sorted; one that has not answered is unusable and the reason says so. */
  Map<String, Presence> of(DriverTable<? extends Driver> table) {
    Map<String, Asked> asked = new LinkedHashMap<>();
    for (String name : table.names()) {
      asked.put(name, ask(table, name));
    }
    Map<String, Presence> found = new LinkedHashMap<>();
    asked.forEach(
        (name, each) -> await(name, each).ifPresent(presence -> found.put(name, presence)));
    return found;
  }

  /** Asks without waiting, so that what is asked of all tables runs side by side. */
  void begin(DriverTable<? extends Driver> table) {
    table.names().forEach(name -> ask(table, name));
  }

  private Asked ask(DriverTable<? extends Driver> table, String name) {
    Question question = new Question(table.kind(), name);
    Asked mine = new Asked(System.nanoTime(), new CompletableFuture<>());
    Asked first = open.putIfAbsent(question, mine);
    if (first != null) {
      return first;
    }
    Thread thread =
        new Thread(
            () -> {
              try {
                mine.answer.complete(table.presence(name));
              } catch (RuntimeException | Error e) {
                mine.answer.completeExceptionally(e);
              } finally {
                open.remove(question, mine);
              }
            },
            "ask-" + table.kind() + "-" + name);
    thread.setDaemon(true);
    thread.start();
    return mine;
  }

  private Optional<Presence> await(String name, Asked asked) {
    long waited = System.nanoTime() - asked.since;
    try {
      return asked.answer.get(Math.max(0, patience.toNanos() - waited), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - asked.since);
      return Optional.of(unusable(name, "it has not answered for " + seconds + " s"));
    } catch (ExecutionException e) {
      return Optional.of(unusable(name, "it failed to say how it is: " + e.getCause()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.of(unusable(name, "nobody waited for its answer"));
    }
  }

  private static Presence unusable(String name, String why) {
    return new Presence(name, Optional.of(why), Map.of());
  }

  @Override
  public void close() {
    subscriptions.forEach(Runnable::run);
  }
}
