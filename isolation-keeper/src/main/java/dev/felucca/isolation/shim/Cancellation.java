package dev.felucca.isolation.shim;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Ends what somebody waits for, from another thread. */
public final class Cancellation {
  /** Makes a wait return; what is ended is there for as long as the wait is. */
  public interface Ending {
    void end() throws IOException;
  }

  /** What is waited for. */
  public interface Wait {
    boolean done() throws IOException;
  }

  // Guarded by this.
  private boolean cancelled;
  private @Nullable Ending ending;

  /** Waits; a cancellation, also one that came before, ends what is waited for. */
  public boolean during(Wait wait, Ending how) throws IOException {
    synchronized (this) {
      if (cancelled) {
        how.end();
      } else {
        ending = how;
      }
    }
    try {
      return wait.done();
    } finally {
      synchronized (this) {
        ending = null;
      }
    }
  }

  public synchronized void cancel() throws IOException {
    cancelled = true;
    if (ending != null) {
      ending.end();
    }
  }

  public synchronized boolean isCancelled() {
    return cancelled;
  }
}
