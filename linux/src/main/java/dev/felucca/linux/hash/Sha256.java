package dev.felucca.linux.hash;

import java.security.DigestException;
import java.security.MessageDigestSpi;
import java.util.Arrays;

/** The hash of FIPS 180-4, whole blocks of it by {@link Sha256Code}. */
final class Sha256 extends MessageDigestSpi implements Cloneable {
  private static final int BLOCK = 64;
  private static final int[] START = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19
  };

  private int[] state = START.clone();
  private byte[] rest = new byte[BLOCK];
  private int held;
  private long length;

  @Override
  protected int engineGetDigestLength() {
    return 32;
  }

  @Override
  protected void engineUpdate(byte one) {
    engineUpdate(new byte[] {one}, 0, 1);
  }

  @Override
  protected void engineUpdate(byte[] content, int from, int count) {
    length += count;
    int at = from;
    int left = count;
    if (held > 0) {
      int some = Math.min(left, BLOCK - held);
      System.arraycopy(content, at, rest, held, some);
      held += some;
      at += some;
      left -= some;
      if (held < BLOCK) {
        return;
      }
      Sha256Code.hash(state, rest, 0, 1);
      held = 0;
    }
    if (left >= BLOCK) {
      Sha256Code.hash(state, content, at, left / BLOCK);
      at += left - left % BLOCK;
      left %= BLOCK;
    }
    System.arraycopy(content, at, rest, 0, left);
    held = left;
  }

  @Override
  protected byte[] engineDigest() {
    byte[] end = Arrays.copyOf(Arrays.copyOf(rest, held), held < 56 ? BLOCK : 2 * BLOCK);
    end[held] = (byte) 0x80;
    long bits = length << 3;
    for (int i = 1; i <= 8; i++, bits >>>= 8) {
      end[end.length - i] = (byte) bits;
    }
    Sha256Code.hash(state, end, 0, end.length / BLOCK);
    byte[] digest = new byte[32];
    for (int i = 0; i < digest.length; i++) {
      digest[i] = (byte) (state[i / 4] >>> 24 - i % 4 * 8);
    }
    engineReset();
    return digest;
  }

  @Override
  protected int engineDigest(byte[] into, int from, int room) throws DigestException {
    if (room < 32) {
      throw new DigestException("no room for 32 bytes");
    }
    System.arraycopy(engineDigest(), 0, into, from, 32);
    return 32;
  }

  @Override
  protected void engineReset() {
    state = START.clone();
    held = 0;
    length = 0;
  }

  @Override
  public Object clone() throws CloneNotSupportedException {
    Sha256 copy = (Sha256) super.clone();
    copy.state = state.clone();
    copy.rest = rest.clone();
    return copy;
  }
}
