package dev.felucca.rest.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/** The body of an answer while it is being written; from any thread. */
public final class Body {
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
    write(bytes);
  }

  /**
   * Sends, and waits while the client reads slowly.
   *
   * @throws IOException when the client has gone
   */
  public void sendSlowly(byte[] bytes) throws IOException {
    ChannelFuture written = write(bytes);
    if (!channel.isWritable()) {
      try {
        written.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while the client reads slowly");
      }
    }
    if (!channel.isActive()) {
      throw new IOException("the client has gone");
    }
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

  private ChannelFuture write(byte[] bytes) {
    if (ended.get() || !channel.isActive()) {
      return channel.newFailedFuture(new IOException("nobody reads this answer any more"));
    }
    queued.addAndGet(bytes.length);
    return channel
        .writeAndFlush(new DefaultHttpContent(Unpooled.wrappedBuffer(bytes)))
        .addListener(done -> queued.addAndGet(-bytes.length));
  }
}
