package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;

import dev.felucca.kernel.EngineException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One change of a container's state at a time. Whoever finds the lane taken waits a while and is
 * then told what is in the way; nobody who only looks, and no other container, ever waits here.
 */
final class Lane {
  private final ReentrantLock lock = new ReentrantLock(true);
  private final Duration patience;
  private volatile String what = "";
  private volatile Instant since = Instant.EPOCH;

  Lane(Duration patience) {
    this.patience = patience;
  }

  /** Whether nothing holds it at some moment of this time. */
  boolean comesFree(Duration within) {
    try {
      if (!lock.tryLock(within.toNanos(), TimeUnit.NANOSECONDS)) {
        return false;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
    lock.unlock();
    return true;
  }

  /** How many are waiting for it now. */
  int waiting() {
    return lock.getQueueLength();
  }

  /** CONFLICT, naming what holds the lane, when it does not come free in time. */
  Hold enter(String operation, String container) {
    boolean taken;
    try {
      taken = lock.tryLock(patience.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      taken = false;
    }
    if (!taken) {
      throw new EngineException(
          CONFLICT,
          "container "
              + container
              + " is busy: "
              + what
              + " has not returned for "
              + Duration.between(since, Instant.now()).toSeconds()
              + " s");
    }
    return held(operation);
  }

  /** Waits as long as it takes: for what must not be lost, on a thread of its own. */
  Hold enterAtLast(String operation) {
    lock.lock();
    return held(operation);
  }

  private Hold held(String operation) {
    if (lock.getHoldCount() == 1) {
      what = operation;
      since = Instant.now();
    }
    return lock::unlock;
  }

  /** Closing it frees the lane. */
  interface Hold extends AutoCloseable {
    @Override
    void close();
  }
}
