package dev.felucca.engine.event;

import dev.felucca.kernel.event.Event;
import dev.felucca.kernel.event.EventBus;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One listener's queue. It is emptied by one thread at a time, which goes when it is empty. */
final class Listening implements EventBus.Subscription {
  private static final Logger LOG = LoggerFactory.getLogger(Listening.class);
  private static final int FAR_BEHIND = 20_000;

  private final Predicate<Event> filter;
  private final @Nullable Instant until;
  private final Consumer<Event> listener;
  private final Runnable ended;
  private final ExecutorService delivery;
  private final Consumer<Listening> forget;
  private final Deque<Event> queue = new ArrayDeque<>();
  private boolean delivering;
  private boolean closed;
  private boolean ending;
  private @Nullable Future<?> timer;

  Listening(
      Predicate<Event> filter,
      @Nullable Instant until,
      Consumer<Event> listener,
      Runnable ended,
      ExecutorService delivery,
      Consumer<Listening> forget) {
    this.filter = filter;
    this.until = until;
    this.listener = listener;
    this.ended = ended;
    this.delivery = delivery;
    this.forget = forget;
  }

  synchronized void endsBy(Future<?> scheduled) {
    timer = scheduled;
  }

  synchronized void offer(Event event) {
    if (closed || ending || (until != null && event.time().isAfter(until)) || !filter.test(event)) {
      return;
    }
    if (queue.size() == FAR_BEHIND) {
      LOG.warn("a listener is {} events behind and is dropped", FAR_BEHIND);
      queue.clear();
      ending = true;
    } else {
      queue.addLast(event);
    }
    deliver();
  }

  /** What is queued is still delivered, then the listener hears that it is over. */
  synchronized void end() {
    if (!closed && !ending) {
      ending = true;
      deliver();
    }
  }

  private void deliver() {
    if (!delivering) {
      delivering = true;
      try {
        delivery.execute(this::empty);
      } catch (RejectedExecutionException e) {
        delivering = false; // the engine is going down
      }
    }
  }

  private void empty() {
    while (true) {
      Event next;
      synchronized (this) {
        next = closed ? null : queue.pollFirst();
        if (next == null) {
          delivering = false;
          if (closed || !ending) {
            return;
          }
        }
      }
      if (next == null) {
        close();
        ended.run();
        return;
      }
      try {
        listener.accept(next);
      } catch (RuntimeException e) {
        LOG.debug("a listener failed and is dropped", e);
        close();
      }
    }
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      queue.clear();
      if (timer != null) {
        timer.cancel(false);
      }
    }
    forget.accept(this);
  }
}
