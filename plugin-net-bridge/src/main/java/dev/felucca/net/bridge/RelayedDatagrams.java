package dev.felucca.net.bridge;

import dev.felucca.linux.Errno;
import dev.felucca.linux.Fd;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.process.EventLoop;
import dev.felucca.linux.socket.SocketAddresses;
import dev.felucca.linux.socket.Sockets;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A UDP port of {@link Relay}: each sender has a socket of its own towards the container, whose
 * answers go back to it. The ones not used for a while go when another comes.
 */
final class RelayedDatagrams implements Relay.Served {
  private static final Logger LOG = LoggerFactory.getLogger(RelayedDatagrams.class);
  private static final int MOST = 256;
  private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(90);
  private static final int BATCH = 32;

  private static final class Flow {
    final byte[] client;
    final Fd fd;
    EventLoop.@org.jspecify.annotations.Nullable Registration registration;
    long used = System.nanoTime();

    Flow(byte[] client, Fd fd) {
      this.client = client;
      this.fd = fd;
    }

    void close() {
      if (registration != null) {
        registration.close();
      }
      fd.close();
    }
  }

  private final Relay relay;
  private final Fd bound;
  private final byte[] target;
  private final EventLoop.Registration registration;

  /** By sender, the one not used for the longest time first. */
  private final Map<ByteBuffer, Flow> flows = new LinkedHashMap<>(16, 0.75f, true);

  private boolean closed;

  RelayedDatagrams(Relay relay, Fd bound, byte[] target) throws SyscallException {
    this.relay = relay;
    this.bound = bound;
    this.target = target;
    this.registration = relay.watch(bound, EventLoop.EPOLLIN, events -> come());
  }

  private void come() {
    if (closed) {
      return;
    }
    Sockets calls = relay.calls();
    for (int i = 0; i < BATCH; i++) {
      long count = calls.receive(bound);
      if (count < 0) {
        break;
      }
      byte[] from = calls.sender();
      byte[] message = calls.received(count);
      if (relay.mayCome(from)) {
        try {
          // A container that is not listening is heard of by the next one; datagrams may be lost.
          calls.send(flow(calls, from).fd, message, 0);
        } catch (SyscallException e) {
          LOG.warn("a datagram to a published port: {}", e.getMessage());
        }
      }
    }
    arm(registration);
  }

  private Flow flow(Sockets calls, byte[] from) throws SyscallException {
    Flow known = flows.get(ByteBuffer.wrap(from));
    if (known != null) {
      known.used = System.nanoTime();
      return known;
    }
    forget();
    Fd fd = calls.open(SocketAddresses.domain(target), Sockets.DATAGRAM);
    long result = calls.connect(fd, target);
    if (Errno.failed(result)) {
      fd.close();
      throw new SyscallException("connect to the container", Errno.of(result));
    }
    Flow flow = new Flow(from, fd);
    try {
      flow.registration = relay.watch(fd, EventLoop.EPOLLIN, events -> answer(flow));
    } catch (SyscallException e) {
      fd.close();
      throw e;
    }
    flows.put(ByteBuffer.wrap(from), flow);
    return flow;
  }

  private void forget() {
    long now = System.nanoTime();
    Iterator<Flow> oldest = flows.values().iterator();
    while (oldest.hasNext()) {
      Flow flow = oldest.next();
      if (flows.size() < MOST && now - flow.used < IDLE_NANOS) {
        return;
      }
      oldest.remove();
      flow.close();
    }
  }

  private void answer(Flow flow) {
    Sockets calls = relay.calls();
    for (int i = 0; i < BATCH; i++) {
      long count = calls.receive(flow.fd);
      if (count < 0) {
        break; // nothing more, or the container does not listen
      }
      flow.used = System.nanoTime();
      calls.send(bound, calls.received(count), flow.client);
    }
    if (flow.registration != null) {
      arm(flow.registration);
    }
  }

  private static void arm(EventLoop.Registration registration) {
    try {
      registration.arm(EventLoop.EPOLLIN);
    } catch (SyscallException e) {
      LOG.error("listening at a published port", e);
    }
  }

  @Override
  public void close() {
    synchronized (relay) {
      closed = true;
      registration.close();
      flows.values().forEach(Flow::close);
      flows.clear();
    }
  }
}
