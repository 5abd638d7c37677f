package dev.felucca.net.bridge;

import dev.felucca.linux.Errno;
import dev.felucca.linux.Fd;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.process.EventLoop;
import dev.felucca.linux.socket.SocketAddresses;
import dev.felucca.linux.socket.Sockets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A TCP port of {@link Relay}: each connection to it is one to the container. */
final class RelayedStreams implements Relay.Served {
  private static final Logger LOG = LoggerFactory.getLogger(RelayedStreams.class);
  private static final int MOST = 1024;

  private final Relay relay;
  private final Fd bound;
  private final byte[] target;
  private final EventLoop.Registration registration;
  private final Set<RelayedStream> streams = new HashSet<>();
  private boolean closed;

  RelayedStreams(Relay relay, Fd bound, byte[] target) throws SyscallException {
    this.relay = relay;
    this.bound = bound;
    this.target = target;
    relay.calls().listen(bound);
    this.registration = relay.watch(bound, EventLoop.EPOLLIN, events -> accept());
  }

  private void accept() {
    if (closed) {
      return;
    }
    Sockets calls = relay.calls();
    long made = calls.accept(bound);
    if (made >= 0) {
      Fd client = calls.own(made);
      if (streams.size() < MOST && relay.mayCome(calls.sender())) {
        lead(calls, client);
      } else {
        calls.breakOnClose(client);
        client.close();
      }
    } else if (!Errno.EAGAIN.is(made) && !Errno.ECONNABORTED.is(made)) {
      LOG.warn("a connection to a published port: {}", Errno.of(made).text());
    }
    listen();
  }

  private void lead(Sockets calls, Fd client) {
    try {
      Fd server = calls.open(SocketAddresses.domain(target), Sockets.STREAM);
      long result = calls.connect(server, target);
      if (Errno.failed(result) && !Errno.EINPROGRESS.is(result)) {
        calls.breakOnClose(client);
        client.close();
        server.close();
        return;
      }
      RelayedStream[] made = new RelayedStream[1];
      made[0] = new RelayedStream(relay, client, server, () -> ended(made[0]));
      streams.add(made[0]);
      made[0].begin();
    } catch (SyscallException e) {
      LOG.warn("a connection to a published port: {}", e.getMessage());
      client.close();
    }
  }

  /** At {@link #MOST} connections further ones wait until one ends. */
  private void listen() {
    try {
      if (streams.size() < MOST) {
        registration.arm(EventLoop.EPOLLIN);
      }
    } catch (SyscallException e) {
      LOG.error("listening at a published port", e);
    }
  }

  private void ended(RelayedStream stream) {
    streams.remove(stream);
    if (!closed) {
      listen();
    }
  }

  @Override
  public void close() {
    synchronized (relay) {
      closed = true;
      registration.close();
      List.copyOf(streams).forEach(RelayedStream::end);
    }
  }
}
