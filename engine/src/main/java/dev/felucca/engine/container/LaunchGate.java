package dev.felucca.engine.container;

import dev.felucca.engine.work.Workers;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Lets a few tasks run at once and the others wait without a thread, so that a thousand that are
 * due in one instant do not become a thousand threads. A task that hangs gives up its place after a
 * while: it holds up nobody for long.
 */
final class LaunchGate {
  private static final int PLACES = 8;
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final Workers workers;
  private final Deque<Runnable> waiting = new ArrayDeque<>();
  private int free = PLACES;

  LaunchGate(Workers workers) {
    this.workers = workers;
  }

  void enter(Runnable task) {
    synchronized (this) {
      if (free == 0) {
        waiting.addLast(task);
        return;
      }
      free--;
    }
    run(task);
  }

  private void run(Runnable task) {
    AtomicBoolean left = new AtomicBoolean();
    Runnable leave =
        () -> {
          if (left.compareAndSet(false, true)) {
            leave();
          }
        };
    Future<?> patience = workers.after(PATIENCE, leave);
    workers.execute(
        () -> {
          try {
            task.run();
          } finally {
            patience.cancel(false);
            leave.run();
          }
        });
  }

  private void leave() {
    @Nullable Runnable next;
    synchronized (this) {
      next = waiting.pollFirst();
      if (next == null) {
        free++;
        return;
      }
    }
    run(next);
  }
}
