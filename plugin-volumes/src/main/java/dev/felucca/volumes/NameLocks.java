package dev.felucca.volumes;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/** A lock for each name, for as long as somebody has or wants it. */
final class NameLocks {
  private static final class Shared {
    final ReentrantLock lock = new ReentrantLock();
    int wanted;
  }

  private final Map<String, Shared> byName = new HashMap<>();

  /** Closing it frees the name. */
  interface Held extends AutoCloseable {
    @Override
    void close();
  }

  Held take(String name) {
    Shared shared;
    synchronized (byName) {
      shared = byName.computeIfAbsent(name, key -> new Shared());
      shared.wanted++;
    }
    shared.lock.lock();
    return () -> {
      shared.lock.unlock();
      synchronized (byName) {
        if (--shared.wanted == 0) {
          byName.remove(name);
        }
      }
    };
  }
}
