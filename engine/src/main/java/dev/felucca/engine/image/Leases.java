package dev.felucca.engine.image;

import java.io.InterruptedIOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Keeps blobs and snapshots from being collected while somebody builds on them. A key is either
 * held, by any number, or condemned by the one collector that is deleting it; a holder waits for
 * the end of a condemnation and then finds the thing gone.
 */
final class Leases {
  private static final int CONDEMNED = -1;
  private final Map<String, Integer> counts = new HashMap<>();

  /** The keys that one pull or container creation holds; for any thread. */
  final class Lease implements AutoCloseable {
    private final Set<String> keys = new HashSet<>();
    private boolean closed;

    /** Holds one key more; after this, what it names stays if it is there. */
    void hold(String key) throws InterruptedIOException {
      synchronized (counts) {
        if (closed || !keys.add(key)) {
          return;
        }
        while (counts.getOrDefault(key, 0) == CONDEMNED) {
          try {
            counts.wait();
          } catch (InterruptedException e) {
            keys.remove(key);
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for " + key);
          }
        }
        counts.merge(key, 1, Integer::sum);
      }
    }

    @Override
    public void close() {
      synchronized (counts) {
        closed = true;
        for (String key : keys) {
          counts.computeIfPresent(key, (k, count) -> count == 1 ? null : count - 1);
        }
        keys.clear();
      }
    }
  }

  Lease lease() {
    return new Lease();
  }

  /** Marks a key for deletion unless it is held; {@link #spare} must follow. */
  boolean condemn(String key) {
    synchronized (counts) {
      return counts.putIfAbsent(key, CONDEMNED) == null;
    }
  }

  void spare(String key) {
    synchronized (counts) {
      counts.remove(key, CONDEMNED);
      counts.notifyAll();
    }
  }

  static String blob(Object digest) {
    return "blob:" + digest;
  }

  static String snapshot(String driver, String key) {
    return "snapshot:" + driver + ":" + key;
  }
}
