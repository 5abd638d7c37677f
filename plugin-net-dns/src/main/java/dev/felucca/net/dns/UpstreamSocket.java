package dev.felucca.net.dns;

import dev.felucca.linux.Errno;
import dev.felucca.linux.Fd;
import dev.felucca.linux.socket.Sockets;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A UDP socket connected to one upstream. Who wants to put words into its mouth has to guess the
 * port, which is the kernel's choice, and the random id, and has little time for it: a socket is
 * used for so many questions and seconds, then another takes its place.
 */
final class UpstreamSocket {
  private static final int MOST_QUESTIONS = 512;
  private static final long LIFE_NANOS = 20_000_000_000L;
  private static final int AT_ONCE = 64;

  private final Reactor reactor;
  private final Sockets calls;
  private final Ids ids;
  private final Fd fd;
  private final long token;
  private final long born = System.nanoTime();
  private final Map<Integer, Exchange> waiting = new HashMap<>();
  private int asked;
  private boolean retired;

  UpstreamSocket(Reactor reactor, Sockets calls, Ids ids, Fd fd) throws IOException {
    this.reactor = reactor;
    this.calls = calls;
    this.ids = ids;
    this.fd = fd;
    this.token = reactor.add(fd, Reactor.READABLE, events -> read());
  }

  /** Whether new questions are better asked through another socket. */
  boolean worn() {
    return retired || asked >= MOST_QUESTIONS || System.nanoTime() - born > LIFE_NANOS;
  }

  /** Sends the question; false when that can't be. */
  boolean ask(Exchange exchange) {
    int id = ids.next();
    while (waiting.containsKey(id)) {
      id = ids.next();
    }
    byte[] message = exchange.query().bytes().clone();
    message[0] = (byte) (id >> 8);
    message[1] = (byte) id;
    asked++;
    long sent = calls.send(fd, message, 0);
    if (sent == -Errno.ECONNREFUSED.number()) {
      sent = calls.send(fd, message, 0); // what an earlier question ran into was told now
    }
    if (sent < 0) {
      return false;
    }
    waiting.put(id, exchange);
    exchange.askedThrough(this, id);
    return true;
  }

  /** The answer is not waited for any longer. */
  void forget(int id) {
    waiting.remove(id);
    closeIfDone();
  }

  private void read() {
    for (int i = 0; i < AT_ONCE && fd.isOpen(); i++) {
      long count = calls.receive(fd);
      if (count == -Errno.ECONNREFUSED.number()) {
        // Nobody is there: whoever waits can go on with the next at once.
        List.copyOf(waiting.values()).forEach(Exchange::failed);
        continue;
      }
      if (count < 0) {
        return;
      }
      if (count >= Query.HEADER) {
        byte[] message = calls.received(count);
        Exchange exchange = waiting.get(Query.u16(message, 0));
        if (exchange != null && exchange.query().isAnsweredBy(message, message.length)) {
          exchange.answered(message);
        }
      }
    }
  }

  /** Takes no more questions, and ends with the last answer. */
  void retire() {
    retired = true;
    closeIfDone();
  }

  private void closeIfDone() {
    if (retired && waiting.isEmpty()) {
      reactor.remove(token, fd);
    }
  }

  /** Ends now; those who wait have gone. */
  void abandon() {
    retired = true;
    List.copyOf(waiting.values()).forEach(Exchange::dropped);
    waiting.clear();
    reactor.remove(token, fd);
  }
}
