package dev.felucca.engine.image;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Refuses what unpacks to more than the setting {@code layerMaxBytes} allows. */
final class BoundedStream extends FilterInputStream {
  private final long most;
  private long seen;

  BoundedStream(InputStream in, long most) {
    super(in);
    this.most = most;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int from, int length) throws IOException {
    int n = in.read(into, from, length);
    seen += Math.max(0, n);
    check(seen, most);
    return n;
  }

  @Override
  public long skip(long count) throws IOException {
    long n = in.skip(count);
    seen += n;
    check(seen, most);
    return n;
  }

  @Override
  public boolean markSupported() {
    return false;
  }

  /** INVALID when {@code bytes} are more than {@code most}; 0 allows any number. */
  static void check(long bytes, long most) {
    if (most > 0 && bytes > most) {
      throw new EngineException(
          INVALID, "layer has more than " + most + " bytes, which layerMaxBytes does not allow");
    }
  }
}
