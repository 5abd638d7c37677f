package dev.felucca.rest.http;

import io.netty.channel.Channel;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;

/**
 * Tells a client that has gone from one that merely has no more input: both look the same to a
 * reader. Writing nothing to a unix socket fails with EPIPE only when the other end is closed; see
 * unix_stream_sendmsg in the kernel's net/unix/af_unix.c.
 */
final class PeerProbe {
  private static final int SECONDS = 5;

  private PeerProbe() {}

  /** Begins to look every few seconds, and closes the channel once its other end is closed. */
  static void watch(Channel channel) {
    if (channel instanceof EpollDomainSocketChannel socket) {
      look(socket);
    }
  }

  private static void look(EpollDomainSocketChannel socket) {
    if (!socket.isActive()) {
      return;
    }
    try {
      socket.fd().write(ByteBuffer.allocateDirect(1), 0, 0);
      socket.eventLoop().schedule(() -> look(socket), SECONDS, TimeUnit.SECONDS);
    } catch (IOException e) {
      socket.close();
    }
  }
}
