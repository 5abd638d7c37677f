package dev.felucca.engine.volume;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;

import dev.felucca.kernel.EngineException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * One change of a volume at a time, and none of another's that waits for it: a driver that hangs in
 * a call keeps the one name it was called for. Whoever finds a name taken waits a while and is then
 * told what is in the way.
 */
final class Claims {
  private final Duration patience;
  private final Map<String, Claim> taken = new HashMap<>();

  Claims(Duration patience) {
    this.patience = patience;
  }

  /** A name that is taken, until it is closed. */
  final class Claim implements AutoCloseable {
    private final String name;
    private final String what;
    private final long since = System.nanoTime();

    private Claim(String name, String what) {
      this.name = name;
      this.what = what;
    }

    @Override
    public void close() {
      synchronized (taken) {
        taken.remove(name);
        taken.notifyAll();
      }
    }
  }

  /** CONFLICT, naming what is under way, when the name does not come free in time. */
  Claim take(String name, String what) {
    long end = System.nanoTime() + patience.toNanos();
    synchronized (taken) {
      for (Claim other = taken.get(name); other != null; other = taken.get(name)) {
        long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
        if (left <= 0 || !waited(left)) {
          throw new EngineException(
              CONFLICT,
              "volume "
                  + name
                  + " is busy: its "
                  + other.what
                  + " has not returned for "
                  + TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - other.since)
                  + " s");
        }
      }
      Claim claim = new Claim(name, what);
      taken.put(name, claim);
      return claim;
    }
  }

  private boolean waited(long milliseconds) {
    try {
      taken.wait(milliseconds);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
