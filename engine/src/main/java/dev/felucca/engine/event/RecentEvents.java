package dev.felucca.engine.event;

import dev.felucca.kernel.event.Event;
import dev.felucca.kernel.event.EventBus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

/**
 * The event bus: the last thousand events in memory, and a queue for each listener, emptied by a
 * thread that is there only while something is in it. Publishing never waits for a listener.
 */
@Component(service = EventBus.class)
public final class RecentEvents implements EventBus, AutoCloseable {
  private static final int KEPT = 1000;

  private final Deque<Event> kept = new ArrayDeque<>();
  private final Set<Listening> listeners = ConcurrentHashMap.newKeySet();
  private final ExecutorService delivery =
      new ThreadPoolExecutor(
          0,
          Integer.MAX_VALUE,
          10,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          task -> daemon(task, "felucca-events"));
  private final ScheduledExecutorService clock;

  public RecentEvents() {
    ScheduledThreadPoolExecutor timer =
        new ScheduledThreadPoolExecutor(1, task -> daemon(task, "felucca-events-clock"));
    timer.setRemoveOnCancelPolicy(true);
    this.clock = timer;
  }

  private static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }

  @Override
  public void publish(Event event) {
    synchronized (kept) {
      if (kept.size() == KEPT) {
        kept.removeFirst();
      }
      kept.addLast(event);
      // Under the lock: listeners hear events in the order in which they are kept.
      listeners.forEach(listening -> listening.offer(event));
    }
  }

  @Override
  public Subscription subscribe(
      @Nullable Instant since,
      @Nullable Instant until,
      Map<String, List<String>> filters,
      Consumer<Event> listener,
      Runnable ended) {
    Listening listening =
        new Listening(
            new EventFilter(filters), until, listener, ended, delivery, listeners::remove);
    synchronized (kept) {
      if (since != null) {
        for (Event event : kept) {
          if (!event.time().isBefore(since)) {
            listening.offer(event);
          }
        }
      }
      listeners.add(listening);
    }
    if (until != null) {
      Duration left = Duration.between(Instant.now(), until);
      if (left.isNegative() || left.isZero()) {
        listening.end();
      } else {
        listening.endsBy(
            clock.schedule(listening::end, left.toMillis() + 1, TimeUnit.MILLISECONDS));
      }
    }
    return listening;
  }

  @Deactivate
  @Override
  public void close() {
    listeners.forEach(Listening::end);
    clock.shutdownNow();
    delivery.shutdown();
  }
}
