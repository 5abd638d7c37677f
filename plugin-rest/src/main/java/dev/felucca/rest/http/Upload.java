package dev.felucca.rest.http;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * A body that is read while it arrives. The client is held back from when {@value #MOST} bytes wait
 * until {@value #FEW} are left: one that was let go for each piece read would be waited for each
 * time. What comes after the reader has closed it is dropped.
 */
final class Upload extends InputStream {
  private static final int MOST = 4 << 20;
  private static final int FEW = 1 << 20;
  private final Channel channel;
  private final Queue<ByteBuf> waiting = new ArrayDeque<>();
  private int bytes;
  private boolean held;
  private boolean ended;
  private boolean gone;
  private boolean malformed;
  private boolean closed;

  Upload(Channel channel) {
    this.channel = channel;
  }

  /** Takes over the reference. */
  synchronized void offer(ByteBuf content) {
    if (closed || gone) {
      content.release();
      return;
    }
    waiting.add(content);
    bytes += content.readableBytes();
    if (bytes >= MOST) {
      held = true;
      channel.config().setAutoRead(false);
    }
    notifyAll();
  }

  /** The client is held back by nothing but this. */
  synchronized void readOn() {
    if (!held) {
      channel.config().setAutoRead(true);
    }
  }

  synchronized void end() {
    ended = true;
    notifyAll();
  }

  /** What comes next is no HTTP: reading is refused as INVALID. */
  synchronized void malformed() {
    malformed = true;
    drop();
    notifyAll();
  }

  /** The client has left before the end: what waits is not the whole, and not read. */
  synchronized void gone() {
    gone = !ended;
    drop();
    notifyAll();
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public synchronized int read(byte[] into, int from, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    while (waiting.isEmpty() && !ended && !gone && !malformed && !closed) {
      try {
        wait();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while the client sends");
      }
    }
    if (closed || gone) {
      throw new IOException(gone ? "the client has gone" : "stream is closed");
    }
    if (malformed) {
      throw new EngineException(INVALID, "the request's body is malformed");
    }
    ByteBuf first = waiting.peek();
    if (first == null) {
      return -1;
    }
    int n = Math.min(length, first.readableBytes());
    first.readBytes(into, from, n);
    if (!first.isReadable()) {
      waiting.remove().release();
    }
    bytes -= n;
    if (held && bytes <= FEW) {
      held = false;
      channel.config().setAutoRead(true);
    }
    return n;
  }

  /** Repeats safely. */
  @Override
  public synchronized void close() {
    closed = true;
    drop();
    notifyAll();
  }

  private void drop() {
    waiting.forEach(ByteBuf::release);
    waiting.clear();
    bytes = 0;
    held = false;
    channel.config().setAutoRead(true);
  }
}
