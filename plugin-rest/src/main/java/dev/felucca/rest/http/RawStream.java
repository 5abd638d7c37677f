package dev.felucca.rest.http;

import dev.felucca.kernel.isolation.OutputStreamKind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelPromise;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/** A connection that was taken over: a process's streams, both ways. */
public final class RawStream {
  private static final int FRAME_HEADER = 8;
  private final Channel channel;
  private final boolean framed;
  private final InputPump pump;
  private final Executor threads;
  private final Runnable leave;

  /**
   * @param leave closes the connection, on its event loop
   */
  RawStream(Channel channel, boolean framed, InputPump pump, Executor threads, Runnable leave) {
    this.threads = threads;
    this.leave = leave;
    this.channel = channel;
    this.framed = framed;
    this.pump = pump;
  }

  /**
   * Sends output; the stage completes when the client's socket has taken it, and fails when the
   * client has gone.
   *
   * @param bytes not touched any more once the stage is complete
   */
  public CompletionStage<?> output(OutputStreamKind stream, ByteBuffer bytes) {
    if (!channel.isActive()) {
      return CompletableFuture.failedFuture(new IOException("the client has gone"));
    }
    ByteBuf payload = Unpooled.wrappedBuffer(bytes);
    ByteBuf message =
        framed ? Unpooled.wrappedBuffer(header(stream, payload.readableBytes()), payload) : payload;
    CompletableFuture<Void> taken = new CompletableFuture<>();
    send(message)
        .addListener(
            written ->
                offLoop(
                    () -> {
                      if (written.isSuccess()) {
                        taken.complete(null);
                      } else {
                        taken.completeExceptionally(written.cause());
                      }
                    }));
    return taken;
  }

  /**
   * Writes on the event loop: from another thread Netty chooses the first handler at once, and
   * passes by those that the take-over, still on its way there, is about to add.
   */
  private ChannelFuture send(ByteBuf message) {
    ChannelPromise sent = channel.newPromise();
    try {
      channel.eventLoop().execute(() -> channel.writeAndFlush(message, sent));
    } catch (RejectedExecutionException e) {
      message.release();
      sent.setFailure(e);
    }
    return sent;
  }

  /** What waits for a stage is not ours: it may block, and an event loop must not. */
  private void offLoop(Runnable completion) {
    try {
      threads.execute(completion);
    } catch (RejectedExecutionException e) {
      completion.run();
    }
  }

  private static ByteBuf header(OutputStreamKind stream, int size) {
    return Unpooled.buffer(FRAME_HEADER)
        .writeByte(stream == OutputStreamKind.STDERR ? 2 : 1)
        .writeZero(3)
        .writeInt(size);
  }

  /** Where the client's input goes, that sent right behind the request included. */
  public void inputTo(Input input) {
    pump.into(input);
  }

  /** Runs when the connection is closed, by whomever. */
  public void whenClosed(Runnable action) {
    channel.closeFuture().addListener(closed -> action.run());
  }

  /** Ends the output behind all that was sent so far; the client closes the connection then. */
  public void close() {
    send(Unpooled.EMPTY_BUFFER).addListener(sent -> leave.run());
  }
}
