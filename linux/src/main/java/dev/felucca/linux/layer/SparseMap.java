package dev.felucca.linux.layer;

import java.util.Arrays;

/** Which stretches of a file are stored; the rest reads as zeros. */
final class SparseMap {
  private static final int MOST = 1 << 20;

  private long[] pairs = new long[8];
  private int used;

  /** Adds a stretch; a map of more than a million of them is taken for an attack on memory. */
  void add(long offset, long length) throws InvalidLayerException {
    if (used / 2 >= MOST) {
      throw new InvalidLayerException("sparse map with more than " + MOST + " entries");
    }
    if (used == pairs.length) {
      pairs = Arrays.copyOf(pairs, used * 2);
    }
    pairs[used++] = offset;
    pairs[used++] = length;
  }

  int count() {
    return used / 2;
  }

  long offset(int index) {
    return pairs[2 * index];
  }

  long length(int index) {
    return pairs[2 * index + 1];
  }

  /**
   * Refuses a map that is out of order, overlaps, passes the end, or does not fit the stored bytes.
   */
  void check(long stored, long size) throws InvalidLayerException {
    long end = 0;
    long sum = 0;
    for (int i = 0; i < count(); i++) {
      if (length(i) < 0 || offset(i) < end || offset(i) > size || length(i) > size - offset(i)) {
        throw new InvalidLayerException("sparse map is out of order or passes the end of its file");
      }
      end = offset(i) + length(i);
      sum += length(i);
    }
    if (sum != stored) {
      throw new InvalidLayerException(
          "sparse map names " + sum + " bytes, the entry has " + stored);
    }
  }
}
