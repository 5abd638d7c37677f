package dev.felucca.rest.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.PendingWriteQueue;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.unix.RawUnixChannelOption;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Holds the first output of a process until the client has read the head of the answer. Clients
 * such as docker-py read the head through a buffer and go on with the bare socket: what comes in
 * one piece with the head is lost to them, and a program that starts in a millisecond prints that
 * soon. The docker CLI is known to go on with its buffer, and is not kept waiting.
 *
 * <p>A unix socket tells what was sent and not read yet (SO_MEMINFO, since Linux 4.12). Over TCP
 * nobody knows what the other end has read: there a moment has to do.
 */
final class HeadFirst extends ChannelDuplexHandler {
  private static final int MOMENT_MILLISECONDS = 25;
  private static final long PATIENCE_NANOSECONDS = TimeUnit.SECONDS.toNanos(10);
  private static final String CLI = "Docker-Client/";

  // include/uapi/asm-generic/socket.h and include/uapi/linux/sock_diag.h
  private static final int SOL_SOCKET = 1;
  private static final int SO_MEMINFO = 55;
  private static final int SK_MEMINFO_WMEM_ALLOC = 2;
  private static final int SK_MEMINFO_VARS = 9;
  private static final RawUnixChannelOption MEMORY =
      new RawUnixChannelOption(
          "SO_MEMINFO", SOL_SOCKET, SO_MEMINFO, SK_MEMINFO_VARS * Integer.BYTES);

  private final long begun = System.nanoTime();
  private @Nullable PendingWriteQueue held;

  static boolean isFor(Request request) {
    String client = request.headers().get(HttpHeaderNames.USER_AGENT);
    return client == null || !client.startsWith(CLI);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    int first = ctx.channel() instanceof EpollDomainSocketChannel ? 1 : MOMENT_MILLISECONDS;
    // Behind the head: this is done when the head has gone to the kernel.
    ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(sent -> later(ctx, first));
  }

  private void later(ChannelHandlerContext ctx, int milliseconds) {
    ctx.executor().schedule(() -> look(ctx, milliseconds), milliseconds, TimeUnit.MILLISECONDS);
  }

  private void look(ChannelHandlerContext ctx, int waited) {
    if (ctx.isRemoved()) {
      return;
    }
    if (!overdue() && ctx.channel() instanceof EpollDomainSocketChannel socket && unread(socket)) {
      later(ctx, Math.min(2 * waited, MOMENT_MILLISECONDS));
    } else {
      ctx.pipeline().remove(this);
    }
  }

  /** Who does not read for so long holds up a process no more than its socket's buffer does. */
  private boolean overdue() {
    return System.nanoTime() - begun > PATIENCE_NANOSECONDS;
  }

  private static boolean unread(EpollDomainSocketChannel socket) {
    ByteBuffer memory = socket.config().getOption(MEMORY);
    return memory.order(ByteOrder.nativeOrder()).getInt(SK_MEMINFO_WMEM_ALLOC * Integer.BYTES) > 0;
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
