package dev.felucca.registry.client;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.concurrent.atomic.AtomicLong;

/** Part of a stream as the body of a request, which notices that the other side takes it. */
final class UploadBody extends FilterInputStream {
  private final AtomicLong lastSign;
  private long left;

  private UploadBody(InputStream in, long length, AtomicLong lastSign) {
    super(in);
    this.left = length;
    this.lastSign = lastSign;
  }

  static BodyPublisher of(InputStream in, long length, AtomicLong lastSign) {
    if (length == 0) {
      return BodyPublishers.noBody();
    }
    UploadBody body = new UploadBody(in, length, lastSign);
    return BodyPublishers.fromPublisher(BodyPublishers.ofInputStream(() -> body), length);
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int from, int length) throws IOException {
    lastSign.set(System.nanoTime());
    if (left == 0) {
      return -1;
    }
    int n = in.read(into, from, (int) Math.min(length, left));
    left -= Math.max(0, n);
    return n;
  }
}
