package dev.felucca.engine.work;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Threads that come when there is work and go soon after. Nothing queues behind a task that hangs:
 * what bounds their number is that each container works through at most two {@link SerialQueue}s.
 */
public final class Workers implements Executor, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Workers.class);

  private final AtomicInteger count = new AtomicInteger();
  private final ThreadPoolExecutor pool =
      new ThreadPoolExecutor(
          0,
          Integer.MAX_VALUE,
          15,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          task -> daemon(task, "felucca-work-" + count.incrementAndGet()));
  private final ScheduledThreadPoolExecutor clock =
      new ScheduledThreadPoolExecutor(1, task -> daemon(task, "felucca-clock"));

  public Workers() {
    clock.setRemoveOnCancelPolicy(true);
    clock.setKeepAliveTime(15, TimeUnit.SECONDS);
    clock.allowCoreThreadTimeOut(true);
  }

  private static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }

  /** Runs it soon; what it throws is logged. After {@link #close} it is dropped. */
  @Override
  public void execute(Runnable task) {
    try {
      pool.execute(() -> guarded(task));
    } catch (RejectedExecutionException e) {
      LOG.debug("the engine is going down: work is dropped");
    }
  }

  static void guarded(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException | Error e) {
      // An Error too: a class of a bundle that has gone must not end the queue it was met in.
      LOG.error("work in the background failed", e);
    }
  }

  /** Runs it on one of the threads when the time has come; dropped as {@link #execute} does. */
  public Future<?> after(Duration delay, Runnable task) {
    try {
      return clock.schedule(() -> execute(task), delay.toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      LOG.debug("the engine is going down: work for later is dropped");
      return CompletableFuture.completedFuture(null);
    }
  }

  /** A queue of its own on these threads: one task after the other. */
  public SerialQueue serial() {
    return new SerialQueue(this);
  }

  /**
   * Runs all of these side by side, and waits until they are over, or for so long: one may hang.
   */
  public void together(List<Runnable> tasks, Duration patience) {
    CompletableFuture<?>[] all =
        tasks.stream()
            .map(task -> CompletableFuture.runAsync(task, this))
            .toArray(CompletableFuture[]::new);
    try {
      CompletableFuture.allOf(all).get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      LOG.warn("not everything was done within {} s", patience.toSeconds());
    } catch (ExecutionException e) {
      LOG.error("not everything could be done", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits a little for what is under way: the next engine writes the same files. */
  @Override
  public void close() {
    clock.shutdownNow();
    pool.shutdown();
    try {
      if (!pool.awaitTermination(1, TimeUnit.SECONDS)) {
        LOG.debug("work that hangs is left behind");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
