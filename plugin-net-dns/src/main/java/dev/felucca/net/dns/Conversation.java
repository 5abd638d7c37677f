package dev.felucca.net.dns;

import dev.felucca.linux.Errno;
import dev.felucca.linux.Fd;
import dev.felucca.linux.socket.Sockets;
import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/**
 * A TCP connection of a container: questions with their length before them, answered as answers
 * come. Ends when nothing is said for a while, and when more is asked than answered.
 */
final class Conversation {
  private static final long IDLE_MILLIS = 10_000;
  private static final int MOST_OPEN = 32;
  private static final int MOST_UNSENT = 1 << 18;

  /** What becomes of a question. */
  interface Asked {
    void asked(byte[] message, Conversation by);
  }

  private final Reactor reactor;
  private final Sockets calls;
  private final Served served;
  private final Asked asked;
  private final Fd fd;
  private final Deque<byte[]> unsent = new ArrayDeque<>();
  private final long token;
  private byte[] come = {};
  private int unsentBytes;
  private int sentOfFirst;
  private int open;
  private boolean ended;
  private boolean closed;
  private Reactor.Due idle;

  Conversation(Reactor reactor, Sockets calls, Served served, Fd fd, Asked asked)
      throws java.io.IOException {
    this.reactor = reactor;
    this.calls = calls;
    this.served = served;
    this.fd = fd;
    this.asked = asked;
    this.token = reactor.add(fd, Reactor.READABLE, this::ready);
    this.idle = reactor.after(IDLE_MILLIS, this::close);
    served.conversations.add(this);
  }

  private void ready(int events) {
    if ((events & Reactor.WRITABLE) != 0) {
      flush();
    }
    if (!closed && (events & ~Reactor.WRITABLE) != 0) {
      read();
    }
  }

  private void read() {
    long count = calls.receive(fd);
    if (Errno.EAGAIN.is(count) || Errno.EINTR.is(count)) {
      return;
    }
    if (count <= 0) {
      ended = true;
      if (count < 0 || open == 0 && unsent.isEmpty()) {
        close();
      } else {
        watch();
      }
      return;
    }
    idle.drop();
    idle = reactor.after(IDLE_MILLIS, this::close);
    take(calls.received(count));
  }

  private void take(byte[] more) {
    byte[] all = Arrays.copyOf(come, come.length + more.length);
    System.arraycopy(more, 0, all, come.length, more.length);
    int at = 0;
    while (!closed && all.length - at >= 2 && all.length - at - 2 >= Query.u16(all, at)) {
      int length = Query.u16(all, at);
      if (++open > MOST_OPEN || length < Query.HEADER) {
        close();
        return;
      }
      asked.asked(Arrays.copyOfRange(all, at + 2, at + 2 + length), this);
      at += 2 + length;
    }
    come = Arrays.copyOfRange(all, at, all.length);
  }

  /** The question will have no answer. */
  void skip() {
    open--;
  }

  void answer(byte[] message) {
    open--;
    if (closed || message.length > 0xffff) {
      return;
    }
    ByteArrayOutputStream framed = new ByteArrayOutputStream(message.length + 2);
    framed.write(message.length >> 8);
    framed.write(message.length);
    framed.writeBytes(message);
    unsent.add(framed.toByteArray());
    unsentBytes += framed.size();
    if (unsentBytes > MOST_UNSENT) {
      close();
    } else {
      flush();
    }
  }

  private void flush() {
    while (!unsent.isEmpty()) {
      byte[] first = unsent.element();
      long sent = calls.send(fd, first, sentOfFirst);
      if (Errno.EAGAIN.is(sent) || Errno.EINTR.is(sent)) {
        break;
      }
      if (sent < 0) {
        close();
        return;
      }
      sentOfFirst += (int) sent;
      unsentBytes -= (int) sent;
      if (sentOfFirst == first.length) {
        unsent.remove();
        sentOfFirst = 0;
      }
    }
    if (ended && unsent.isEmpty() && open == 0) {
      close();
    } else {
      watch();
    }
  }

  private void watch() {
    reactor.wants(
        token, fd, (ended ? 0 : Reactor.READABLE) | (unsent.isEmpty() ? 0 : Reactor.WRITABLE));
  }

  void close() {
    if (!closed) {
      closed = true;
      idle.drop();
      served.conversations.remove(this);
      reactor.remove(token, fd);
    }
  }
}
