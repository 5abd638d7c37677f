package dev.felucca.engine.image;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;

/** Hashes every byte that passes. The JDK's DigestInputStream forgets those that are skipped. */
final class HashingStream extends FilterInputStream {
  private static final int SKIP_CHUNK = 1 << 16;
  private final MessageDigest hash;

  HashingStream(InputStream in, MessageDigest hash) {
    super(in);
    this.hash = hash;
  }

  @Override
  public int read() throws IOException {
    int one = in.read();
    if (one >= 0) {
      hash.update((byte) one);
    }
    return one;
  }

  @Override
  public int read(byte[] into, int from, int length) throws IOException {
    int n = in.read(into, from, length);
    if (n > 0) {
      hash.update(into, from, n);
    }
    return n;
  }

  @Override
  public long skip(long count) throws IOException {
    byte[] scratch = new byte[(int) Math.max(1, Math.min(count, SKIP_CHUNK))];
    long left = count;
    while (left > 0) {
      int n = read(scratch, 0, (int) Math.min(left, scratch.length));
      if (n < 0) {
        break;
      }
      left -= n;
    }
    return count - left;
  }

  @Override
  public boolean markSupported() {
    return false;
  }
}
