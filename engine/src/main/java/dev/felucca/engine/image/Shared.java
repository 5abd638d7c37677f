package dev.felucca.engine.image;

import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Work that several may want at the same time and that is done once: the first to ask starts it,
 * later ones join, and when the last lets go before it is done it is interrupted.
 */
final class Shared<K, R> {
  private static final long CANCEL_PATIENCE_SECONDS = 20;

  private final Executor executor;
  private final Map<K, Task> tasks = new HashMap<>();

  Shared(Executor executor) {
    this.executor = executor;
  }

  /** What is to be done; {@code steps} tells all who wait how far it is. */
  interface Work<R> {
    R run(Consumer<Step> steps) throws IOException, InterruptedException;
  }

  private final class Task implements Runnable {
    final Work<R> work;
    final K key;
    final CompletableFuture<R> result = new CompletableFuture<>();
    final CompletableFuture<Void> ended = new CompletableFuture<>();
    final Set<Ticket<R>> holders = new HashSet<>();
    @Nullable Step last;
    @Nullable Thread thread;
    boolean cancelled;

    Task(K key, Work<R> work) {
      this.key = key;
      this.work = work;
    }

    @Override
    public void run() {
      synchronized (tasks) {
        if (cancelled) {
          return;
        }
        thread = Thread.currentThread();
      }
      R value = null;
      Throwable failure = null;
      try {
        value = work.run(this::step);
      } catch (Throwable e) {
        failure = e;
      }
      synchronized (tasks) {
        thread = null;
        tasks.remove(key, this);
        Thread
            .interrupted(); // the thread may be a pool's; a late cancellation isn't the next one's
      }
      ended.complete(null);
      if (failure != null) {
        result.completeExceptionally(failure);
      } else {
        result.complete(value);
      }
    }

    private void step(Step step) {
      Ticket<?>[] hear;
      synchronized (tasks) {
        last = step;
        hear = holders.toArray(new Ticket<?>[0]);
      }
      for (Ticket<?> ticket : hear) {
        ticket.steps.accept(step);
      }
    }
  }

  /** One caller's share in a piece of work. */
  static final class Ticket<R> implements AutoCloseable {
    private final Consumer<Step> steps;
    private final CompletableFuture<R> result;
    private final Runnable letGo;
    private final Work<R> work;

    private Ticket(
        Consumer<Step> steps, Work<R> work, CompletableFuture<R> result, Runnable letGo) {
      this.steps = steps;
      this.work = work;
      this.result = result;
      this.letGo = letGo;
    }

    /** The work as whoever came first described it. */
    Work<R> work() {
      return work;
    }

    CompletableFuture<R> result() {
      return result;
    }

    /** Lets go; the last to do so ends work that isn't done, and waits for that. */
    @Override
    public void close() {
      letGo.run();
    }
  }

  /** How many pieces of work are not done. */
  int size() {
    synchronized (tasks) {
      return tasks.size();
    }
  }

  /**
   * Starts the work, or joins it; {@code steps} hears at once how far it is.
   *
   * @param queued what to say while the work has not begun, or null for nothing
   */
  Ticket<R> join(K key, @Nullable Step queued, Consumer<Step> steps, Work<R> work)
      throws InterruptedException {
    while (true) {
      Task ending;
      synchronized (tasks) {
        Task task = tasks.get(key);
        if (task == null || !task.cancelled) {
          boolean fresh = task == null;
          Task mine = task == null ? new Task(key, work) : task;
          Ticket<R> ticket = ticket(mine, steps);
          mine.holders.add(ticket);
          if (fresh) {
            tasks.put(key, mine);
            try {
              executor.execute(mine);
            } catch (RuntimeException e) {
              tasks.remove(key);
              throw e;
            }
            if (queued != null) {
              steps.accept(queued);
            }
          } else if (mine.last != null) {
            steps.accept(mine.last);
          }
          return ticket;
        }
        ending = task;
      }
      try {
        ending.ended.get();
      } catch (ExecutionException e) {
        throw new IllegalStateException("an end never fails", e);
      }
    }
  }

  private Ticket<R> ticket(Task task, Consumer<Step> steps) {
    Object[] self = new Object[1];
    Ticket<R> ticket = new Ticket<>(steps, task.work, task.result, () -> letGo(task, self[0]));
    self[0] = ticket;
    return ticket;
  }

  private void letGo(Task task, @Nullable Object ticket) {
    synchronized (tasks) {
      if (!task.holders.remove(ticket) || !task.holders.isEmpty() || task.result.isDone()) {
        return;
      }
      task.cancelled = true;
      if (task.thread != null) {
        task.thread.interrupt();
      } else if (tasks.remove(task.key, task)) {
        task.ended.complete(null); // still in the queue: it never begins
        task.result.cancel(false);
      }
    }
    awaitEnd(task);
  }

  /**
   * So that nothing half-made is left when a cancelled pull returns; a hung driver isn't waited
   * for.
   */
  private void awaitEnd(Task task) {
    boolean interrupted = Thread.interrupted();
    try {
      task.ended.get(CANCEL_PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      interrupted = true;
    } catch (ExecutionException | TimeoutException e) {
      // It ends when its driver lets it; its leftovers are swept at the next collection.
      LoggerFactory.getLogger(Shared.class).warn("{} takes long to cancel", task.key);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
