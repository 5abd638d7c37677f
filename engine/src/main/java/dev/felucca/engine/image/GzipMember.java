package dev.felucca.engine.image;

import java.io.IOException;
import java.io.OutputStream;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import org.jspecify.annotations.Nullable;

/**
 * One gzip member and all the memory that packing it takes, to be used again for the next: what a
 * megabyte costs otherwise is mostly the memory. For one thread at a time.
 */
final class GzipMember implements AutoCloseable {
  static final int SIZE = 1 << 20;
  private static final int SAMPLE = 1 << 15;
  private static final int HEADER = 10;
  private static final int TRAILER = 8;

  private final byte[] plain = new byte[SIZE];
  // What does not shrink grows by five bytes in 16 kB at most.
  private final byte[] packed = new byte[SIZE + SIZE / 1024 + HEADER + TRAILER + 64];
  private final CRC32 crc = new CRC32();
  // One for each level: zlib's change of level depends on what it has seen, and the bytes with it.
  private final Deflater sampling = new Deflater(Deflater.BEST_SPEED, true);
  private @Nullable Deflater shrinking;
  private @Nullable Deflater storing;
  private int filled;
  private int length;

  /** Takes as much as there is room for; answers how much that was. */
  int fill(byte[] bytes, int from, int count) {
    int n = Math.min(count, SIZE - filled);
    System.arraycopy(bytes, from, plain, filled, n);
    filled += n;
    return n;
  }

  boolean isFull() {
    return filled == SIZE;
  }

  boolean isEmpty() {
    return filled == 0;
  }

  GzipMember pack() {
    packed[0] = 0x1f;
    packed[1] = (byte) 0x8b;
    packed[2] = Deflater.DEFLATED;
    packed[9] = (byte) 0xff; // from no system in particular
    Deflater deflater = shrinks() ? shrinking() : storing();
    deflater.reset();
    deflater.setInput(plain, 0, filled);
    deflater.finish();
    int at = HEADER;
    while (!deflater.finished()) {
      at += deflater.deflate(packed, at, packed.length - TRAILER - at);
    }
    crc.reset();
    crc.update(plain, 0, filled);
    length = number(number(at, (int) crc.getValue()), filled);
    return this;
  }

  private int number(int at, int value) {
    for (int i = 0; i < 4; i++) {
      packed[at + i] = (byte) (value >>> 8 * i);
    }
    return at + 4;
  }

  /**
   * What is packed already (pictures, archives, random bytes) is tried on a part, and kept as is.
   */
  private boolean shrinks() {
    int part = Math.min(filled, SAMPLE);
    sampling.reset();
    sampling.setInput(plain, (filled - part) / 2, part);
    sampling.finish();
    return sampling.deflate(packed, HEADER, 2 * SAMPLE) < part - part / 32;
  }

  private Deflater shrinking() {
    Deflater known = shrinking;
    if (known == null) {
      known = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
      shrinking = known;
    }
    return known;
  }

  private Deflater storing() {
    Deflater known = storing;
    if (known == null) {
      known = new Deflater(Deflater.NO_COMPRESSION, true);
      storing = known;
    }
    return known;
  }

  /** Writes what was packed; afterwards it is empty. */
  void drainTo(OutputStream out) throws IOException {
    out.write(packed, 0, length);
    filled = 0;
    length = 0;
  }

  @Override
  public void close() {
    sampling.end();
    if (shrinking != null) {
      shrinking.end();
    }
    if (storing != null) {
      storing.end();
    }
  }
}
