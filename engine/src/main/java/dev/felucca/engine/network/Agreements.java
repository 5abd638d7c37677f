package dev.felucca.engine.network;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which drivers have been told what is there: each is told once for each time that it comes, before
 * it is asked for more.
 *
 * <p>Who needs a driver waits while it is being told. The lock is of one coming: a driver that
 * hangs stops only those who need it, and only until another one comes in its place.
 */
final class Agreements {
  private static final class Coming {
    private volatile boolean told;
  }

  /** The last coming of each driver. */
  private final Map<String, Coming> comings = new ConcurrentHashMap<>();

  /** Tells a driver what is there. */
  @FunctionalInterface
  interface Telling {
    void tell() throws IOException;
  }

  /** A driver has come, or come again: it knows nothing yet. */
  void came(String driver) {
    comings.put(driver, new Coming());
  }

  /** Returns when the driver that came last has been told, by us or by somebody else. */
  void agree(String driver, Telling telling) throws IOException {
    Coming coming;
    do {
      coming = comings.computeIfAbsent(driver, name -> new Coming());
      if (!coming.told) {
        tell(driver, coming, telling);
      }
    } while (comings.get(driver) != coming);
  }

  private void tell(String driver, Coming coming, Telling telling) throws IOException {
    synchronized (coming) {
      if (!coming.told && comings.get(driver) == coming) {
        telling.tell();
        coming.told = true;
      }
    }
  }
}
