package dev.felucca.net.dns;

import dev.felucca.kernel.network.NameUpstream;
import dev.felucca.linux.Errno;
import dev.felucca.linux.Fd;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.socket.SocketAddresses;
import dev.felucca.linux.socket.Sockets;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks upstreams what no container is called. Each gets its time, all together less than a client
 * waits before it asks again (5 s, see resolv.conf(5)). All in the reactor's thread.
 */
final class Forwarder implements Exchange.Course {
  private static final Logger LOG = LoggerFactory.getLogger(Forwarder.class);
  private static final int PORT = 53;
  private static final int PATIENCE_MILLIS = 4_500;
  private static final int MOST_ATTEMPTS = 3;
  private static final int LEAST_ATTEMPTS = 2;
  private static final int MOST_WAITING = 8192;
  private static final long PREFERENCE_NANOS = 10_000_000_000L;

  private final Reactor reactor;
  private final Sockets calls;
  private final Ids ids;
  private final Map<String, UpstreamSocket> fromHost = new HashMap<>();
  private int waiting;
  private long asked;
  private long failed;

  Forwarder(Reactor reactor, Sockets calls, Ids ids) {
    this.reactor = reactor;
    this.calls = calls;
    this.ids = ids;
  }

  long asked() {
    return asked;
  }

  long failed() {
    return failed;
  }

  /** Always answers, if only that nothing could be found out. */
  void forward(Served served, Query query, boolean tcp, Exchange.Answer answer) {
    boolean room = served.waiting < Served.MOST_WAITING && waiting < MOST_WAITING;
    if (served.client.upstreams().isEmpty() || !room) {
      answer.send(Reply.empty(query, Reply.SERVER_FAILURE));
      return;
    }
    served.waiting++;
    waiting++;
    asked++;
    next(new Exchange(served, query, tcp, answer, this));
  }

  @Override
  public void next(Exchange exchange) {
    Served served = exchange.served();
    List<NameUpstream> upstreams = served.client.upstreams();
    int attempts = Math.max(LEAST_ATTEMPTS, Math.min(MOST_ATTEMPTS, upstreams.size()));
    if (served.gone || upstreams.isEmpty() || exchange.attempt >= attempts) {
      exchange.end(null);
      return;
    }
    if (System.nanoTime() - served.preferredAt > PREFERENCE_NANOS) {
      served.preferred = 0;
    }
    int which = (served.preferred + exchange.attempt) % upstreams.size();
    exchange.upstream = which;
    exchange.patience = reactor.after(PATIENCE_MILLIS / attempts, exchange::failed);
    try {
      if (!ask(exchange, served, upstreams.get(which))) {
        exchange.failed();
      }
    } catch (IOException e) {
      LOG.debug("asking {}", upstreams.get(which), e);
      exchange.failed();
    }
  }

  private boolean ask(Exchange exchange, Served served, NameUpstream upstream) throws IOException {
    byte[] address = UpstreamAddress.parse(upstream.address(), PORT);
    if (exchange.tcp) {
      Fd fd = open(served, upstream, address, Sockets.STREAM);
      long result = calls.connect(fd, address);
      if (result < 0 && result != -Errno.EINPROGRESS.number()) {
        fd.close();
        return false;
      }
      exchange.askedThrough(new UpstreamStream(reactor, calls, ids, fd, exchange));
      return true;
    }
    Map<String, UpstreamSocket> sockets = upstream.fromHost() ? fromHost : served.upstreams;
    UpstreamSocket socket = sockets.get(upstream.address());
    if (socket == null || socket.worn()) {
      if (socket != null) {
        sockets.remove(upstream.address());
        socket.retire();
      }
      Fd fd = open(served, upstream, address, Sockets.DATAGRAM);
      long result = calls.connect(fd, address);
      if (result < 0) {
        fd.close();
        throw new SyscallException("connect to " + upstream, Errno.of(result));
      }
      socket = new UpstreamSocket(reactor, calls, ids, fd);
      sockets.put(upstream.address(), socket);
    }
    return socket.ask(exchange);
  }

  private Fd open(Served served, NameUpstream upstream, byte[] address, int type)
      throws IOException {
    int domain = SocketAddresses.domain(address);
    return upstream.fromHost()
        ? calls.open(domain, type)
        : served.namespace.sockets(List.of(Sockets.kind(domain, type))).get(0);
  }

  @Override
  public void done(Exchange exchange, byte @Nullable [] answer) {
    Served served = exchange.served();
    served.waiting--;
    waiting--;
    if (answer == null) {
      failed++;
      served.preferred = 0;
      if (!served.gone) {
        exchange.answer().send(Reply.empty(exchange.query(), Reply.SERVER_FAILURE));
      }
    } else {
      if (exchange.attempt > 0) {
        served.preferred = exchange.upstream;
        served.preferredAt = System.nanoTime();
      }
      exchange.answer().send(answer);
    }
  }

  void close() {
    fromHost.values().forEach(UpstreamSocket::abandon);
    fromHost.clear();
  }
}
