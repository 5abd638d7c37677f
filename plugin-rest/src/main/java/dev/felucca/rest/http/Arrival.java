package dev.felucca.rest.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A request must be whole within a time from its first byte; an idle connection may wait for ever.
 */
final class Arrival extends ChannelInboundHandlerAdapter {
  private final long milliseconds;
  private final Runnable late;
  private boolean between = true;
  private @Nullable Future<?> deadline;

  Arrival(long milliseconds, Runnable late) {
    this.milliseconds = milliseconds;
    this.late = late;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (between) {
      between = false;
      deadline = ctx.executor().schedule(late, milliseconds, TimeUnit.MILLISECONDS);
    }
    ctx.fireChannelRead(message);
  }

  /** A request is whole; the next byte begins another. */
  void whole() {
    cancel();
    between = true;
  }

  /** No more requests on this connection for now. */
  void suspend() {
    cancel();
    between = false;
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    cancel();
    ctx.fireChannelInactive();
  }

  private void cancel() {
    if (deadline != null) {
      deadline.cancel(false);
      deadline = null;
    }
  }
}
