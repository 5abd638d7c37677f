package dev.felucca.rest.http;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.PendingWriteQueue;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Gives a client a moment to read the head of the answer before the first output of a process
 * comes. Clients such as docker-py read the head through a buffer and go on with the bare socket:
 * what comes in one piece with the head is lost to them, and a program that starts in a millisecond
 * prints that soon. The docker CLI is known to go on with its buffer, and is not kept waiting.
 */
final class HeadFirst extends ChannelDuplexHandler {
  private static final int MOMENT_MILLISECONDS = 25;
  private static final String CLI = "Docker-Client/";
  private @Nullable PendingWriteQueue held;

  static boolean isFor(Request request) {
    String client = request.headers().get(HttpHeaderNames.USER_AGENT);
    return client == null || !client.startsWith(CLI);
  }

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
