package dev.felucca.engine.image;

import java.util.concurrent.Semaphore;

/** How many may work at once, in the order in which they came. */
final class Slots {
  private final Semaphore free;

  Slots(int count) {
    free = new Semaphore(count, true);
  }

  /** A place to work in, for one thread; not yet taken. */
  Slot slot() {
    return new Slot();
  }

  final class Slot implements AutoCloseable {
    private boolean held;

    void acquire() throws InterruptedException {
      if (!held) {
        free.acquire();
        held = true;
      }
    }

    /** Gives it back; repeating it does nothing. */
    void release() {
      if (held) {
        held = false;
        free.release();
      }
    }

    @Override
    public void close() {
      release();
    }
  }
}
