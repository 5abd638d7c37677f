package dev.felucca.linux.layer;

import java.util.concurrent.atomic.AtomicLong;

/**
 * What layers that are being unpacked may remember in memory, all of them together: a layer of
 * nothing but directories would otherwise fill the heap of whoever unpacks it.
 */
final class PathBudget implements AutoCloseable {
  /** A path's objects and its place in a tree, without its letters. */
  private static final int EACH = 200;

  private static final AtomicLong LEFT = new AtomicLong(Runtime.getRuntime().maxMemory() / 4);
  private long taken;

  void take(String path) throws InvalidLayerException {
    long cost = EACH + path.length();
    if (LEFT.addAndGet(-cost) < 0) {
      LEFT.addAndGet(cost);
      throw new InvalidLayerException("layer has too many directories for the memory there is");
    }
    taken += cost;
  }

  @Override
  public void close() {
    LEFT.addAndGet(taken);
    taken = 0;
  }
}
