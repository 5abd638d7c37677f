package dev.felucca.rest.http;

import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Threads for what must not run on an event loop, kept apart by how long it can take: answers from
 * memory never queue behind a driver that hangs. All of them end when idle.
 */
public final class Threads implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Threads.class);
  private static final int QUERY_THREADS =
      Math.max(4, 2 * Runtime.getRuntime().availableProcessors());
  private static final int QUERY_QUEUE = 10_000;
  private static final int WORK_THREADS = 1024;
  private static final int STREAM_THREADS = 8192;
  private static final int IDLE_SECONDS = 30;

  private final ThreadPoolExecutor queries =
      new ThreadPoolExecutor(
          QUERY_THREADS,
          QUERY_THREADS,
          IDLE_SECONDS,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(QUERY_QUEUE),
          named("rest-query-"));
  private final ThreadPoolExecutor work = cached(WORK_THREADS, "rest-work-");
  private final ThreadPoolExecutor streams = cached(STREAM_THREADS, "rest-stream-");

  public Threads() {
    queries.allowCoreThreadTimeOut(true);
  }

  /** For answers from memory; refuses when ten thousand wait. */
  Executor queries() {
    return queries;
  }

  /**
   * For what asks drivers, the disk or the network; refuses beyond {@value #WORK_THREADS} at once.
   */
  public Executor work() {
    return work;
  }

  /**
   * For what blocks as long as a client likes: followed logs, input of a process that reads slowly.
   */
  public Executor streams() {
    return streams;
  }

  private static ThreadPoolExecutor cached(int most, String name) {
    return new ThreadPoolExecutor(
        0, most, IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), named(name));
  }

  static ThreadFactory named(String prefix) {
    AtomicInteger next = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, prefix + next.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }

  /** Interrupts what still runs, and gives it a moment to end. */
  @Override
  public void close() {
    List<ThreadPoolExecutor> pools = List.of(queries, work, streams);
    pools.forEach(ThreadPoolExecutor::shutdownNow);
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
    try {
      for (ThreadPoolExecutor pool : pools) {
        if (!pool.awaitTermination(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
          LOG.warn(
              "{} requests are left behind: what they called does not return",
              pool.getActiveCount());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
