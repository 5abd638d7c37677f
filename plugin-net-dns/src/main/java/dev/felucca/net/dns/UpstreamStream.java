package dev.felucca.net.dns;

import dev.felucca.linux.Errno;
import dev.felucca.linux.Fd;
import dev.felucca.linux.socket.Sockets;
import java.io.ByteArrayOutputStream;
import java.io.IOException;

/** A TCP connection to an upstream, for one question. */
final class UpstreamStream {
  private final Reactor reactor;
  private final Sockets calls;
  private final Fd fd;
  private final Exchange exchange;
  private final byte[] question;
  private final ByteArrayOutputStream come = new ByteArrayOutputStream();
  private final long token;
  private boolean connected;
  private int sent;

  /** Takes over the socket, which is being connected. */
  UpstreamStream(Reactor reactor, Sockets calls, Ids ids, Fd fd, Exchange exchange)
      throws IOException {
    this.reactor = reactor;
    this.calls = calls;
    this.fd = fd;
    this.exchange = exchange;
    byte[] message = exchange.query().bytes();
    this.question = new byte[message.length + 2];
    question[0] = (byte) (message.length >> 8);
    question[1] = (byte) message.length;
    System.arraycopy(message, 0, question, 2, message.length);
    question[2] = (byte) ids.below(256);
    question[3] = (byte) ids.below(256);
    this.token = reactor.add(fd, Reactor.WRITABLE, this::ready);
  }

  private void ready(int events) {
    if (!connected) {
      if (calls.error(fd) != 0) {
        exchange.failed();
        return;
      }
      connected = true;
    }
    if (sent < question.length) {
      send();
    } else {
      receive();
    }
  }

  private void send() {
    long count = calls.send(fd, question, sent);
    if (Errno.EAGAIN.is(count)) {
      return;
    }
    if (count < 0) {
      exchange.failed();
      return;
    }
    sent += (int) count;
    if (sent == question.length) {
      reactor.wants(token, fd, Reactor.READABLE);
    }
  }

  private void receive() {
    long count = calls.receive(fd);
    if (Errno.EAGAIN.is(count)) {
      return;
    }
    if (count <= 0) {
      exchange.failed();
      return;
    }
    come.writeBytes(calls.received(count));
    byte[] all = come.toByteArray();
    if (all.length < 2 || all.length - 2 < Query.u16(all, 0)) {
      return;
    }
    byte[] message = new byte[Query.u16(all, 0)];
    System.arraycopy(all, 2, message, 0, message.length);
    boolean ours =
        message.length >= Query.HEADER
            && message[0] == question[2]
            && message[1] == question[3]
            && exchange.query().isAnsweredBy(message, message.length);
    if (ours) {
      exchange.answered(message);
    } else {
      exchange.failed();
    }
  }

  void close() {
    reactor.remove(token, fd);
  }
}
