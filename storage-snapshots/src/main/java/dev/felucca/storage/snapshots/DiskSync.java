package dev.felucca.storage.snapshots;

import java.io.IOException;

/**
 * One wait for the disk for all who ask at about the same time: a call that comes while another is
 * under way shares the next one with everybody else who waits by then. Eight layers that are
 * committed together cost two syncfs(2), not eight.
 */
public final class DiskSync {
  /** The wait itself: everything written before it was called is on disk after it. */
  public interface Flush {
    void run() throws IOException;
  }

  private final Flush flush;
  private long asked;
  private long served;
  private boolean running;

  public DiskSync(Flush flush) {
    this.flush = flush;
  }

  /** Returns when all that was written before the call is on disk. */
  public void sync() throws IOException {
    long mine;
    synchronized (this) {
      mine = ++asked;
    }
    while (true) {
      long upTo;
      synchronized (this) {
        while (running && served < mine) {
          try {
            wait();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for the disk", e);
          }
        }
        if (served >= mine) {
          return;
        }
        running = true;
        upTo = asked;
      }
      boolean done = false;
      try {
        flush.run();
        done = true;
      } finally {
        synchronized (this) {
          running = false;
          served = done ? Math.max(served, upTo) : served;
          notifyAll();
        }
      }
    }
  }
}
