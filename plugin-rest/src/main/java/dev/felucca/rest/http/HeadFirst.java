package dev.felucca.rest.http;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.PendingWriteQueue;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Gives a client a moment to read the head of the answer before the first output of a process
 * comes. Clients such as docker-py read the head through a buffer and go on with the bare socket:
 * what comes in one piece with the head is lost to them, and a program that starts in a millisecond
 * prints that soon.
 */
final class HeadFirst extends ChannelDuplexHandler {
  private static final int MOMENT_MILLISECONDS = 4;
  private @Nullable PendingWriteQueue held;

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    ctx.executor()
        .schedule(
            () -> {
              if (!ctx.isRemoved()) {
                ctx.pipeline().remove(this);
              }
            },
            MOMENT_MILLISECONDS,
            TimeUnit.MILLISECONDS);
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    PendingWriteQueue queue = held;
    if (queue == null) {
      queue = new PendingWriteQueue(ctx);
      held = queue;
    }
    queue.add(message, promise);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    PendingWriteQueue queue = held;
    held = null;
    if (queue != null) {
      queue.removeAndWriteAll();
      ctx.flush();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) throws Exception {
    PendingWriteQueue queue = held;
    if (queue != null) {
      queue.removeAndFailAll(new ClosedChannelException());
    }
    super.channelInactive(ctx);
  }
}
