package dev.felucca.log.json;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Wakes readers that wait for a log to grow. A count a file, kept only while somebody waits for it.
 */
final class LogSignals {
  private static final class Waiters {
    private final Condition grown;
    private int count;

    Waiters(Condition grown) {
      this.grown = grown;
    }
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Path, Waiters> waiting = new HashMap<>();

  void grown(Path log) {
    lock.lock();
    try {
      Waiters waiters = waiting.get(log);
      if (waiters != null) {
        waiters.grown.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /** What a waiter looks at before it sleeps, so that growth in between isn't missed. */
  @FunctionalInterface
  interface Check {
    boolean ready() throws IOException;
  }

  /** Waits until the log grows, {@code check} answers true, or patience ends; may return early. */
  void await(Path log, Duration patience, Check check) throws IOException {
    lock.lock();
    try {
      if (check.ready()) {
        return;
      }
      Waiters waiters = waiting.computeIfAbsent(log, path -> new Waiters(lock.newCondition()));
      waiters.count++;
      try {
        boolean signalled = waiters.grown.await(patience.toNanos(), TimeUnit.NANOSECONDS);
        if (!signalled) {
          return;
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } finally {
        if (--waiters.count == 0) {
          waiting.remove(log);
        }
      }
    } finally {
      lock.unlock();
    }
  }
}
