package dev.felucca.rest.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/** The body of an answer while it is being written; from any thread. */
public final class Body {
  private static final int MOST = 2 << 20;
  private static final int FEW = 512 << 10;
  private final Channel channel;
  private final Runnable finished;
  private final AtomicBoolean ended = new AtomicBoolean();
  private final AtomicLong queued = new AtomicLong();

  Body(Channel channel, Runnable finished) {
    this.channel = channel;
    this.finished = finished;
  }

  /** Sends without waiting for the client to read; see {@link #queued}. */
  public void send(byte[] bytes) {
    write(Unpooled.wrappedBuffer(bytes));
  }

  /**
   * Sends, and waits while the client reads slowly: from when {@value #MOST} bytes are on their way
   * until {@value #FEW} are left, so that sender and client need not wait for each other's turn.
   *
   * @throws IOException when the client has gone
   */
  public void sendSlowly(byte[] bytes) throws IOException {
    sendSlowly(Unpooled.wrappedBuffer(bytes));
  }

  /** The same; takes over the reference. */
  void sendSlowly(ByteBuf bytes) throws IOException {
    write(bytes);
    if (queued.get() > MOST) {
      awaitReader();
    }
    if (!channel.isActive()) {
      throw new IOException("the client has gone");
    }
  }

  private synchronized void awaitReader() throws IOException {
    try {
      // What was written to a channel that closes fails, and is queued no longer.
      while (queued.get() > FEW) {
        wait();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while the client reads slowly");
    }
  }

  /** Memory that goes to the kernel as it is. */
  static ByteBuf buffer(int size) {
    return ByteBufAllocator.DEFAULT.directBuffer(size, size);
  }

  /** Bytes sent that the client has not taken yet. */
  public long queued() {
    return queued.get();
  }

  /** Ends it; repeats safely. */
  public void end() {
    if (ended.compareAndSet(false, true)) {
      channel.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT).addListener(done -> finished.run());
    }
  }

  /** Cuts the connection: the client sees that the answer is not whole. */
  public void abort() {
    if (ended.compareAndSet(false, true)) {
      channel.close();
    }
  }

  private void write(ByteBuf bytes) {
    if (ended.get() || !channel.isActive()) {
      bytes.release();
      return;
    }
    int length = bytes.readableBytes();
    queued.addAndGet(length);
    channel.writeAndFlush(new DefaultHttpContent(bytes)).addListener(done -> taken(length));
  }

  private void taken(int length) {
    if (queued.addAndGet(-length) <= FEW) {
      synchronized (this) {
        notifyAll();
      }
    }
  }
}
