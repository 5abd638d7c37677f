package dev.felucca.net.bridge;

import dev.felucca.linux.Errno;
import dev.felucca.linux.Fd;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.process.EventLoop;
import dev.felucca.linux.socket.Sockets;

/**
 * A connection of {@link RelayedStreams}: what either side says is read when the other has taken
 * what came before, so that a slow reader slows its writer down and nobody else.
 */
final class RelayedStream {
  private static final byte[] NOTHING = {};

  /** One of the two, with what it has still to be told. */
  private static final class Side {
    final Fd fd;
    EventLoop.@org.jspecify.annotations.Nullable Registration registration;
    byte[] pending = NOTHING;
    int sent;

    /** It said its last word, and the other one was told. */
    boolean ended;

    boolean told;
    boolean connecting;

    Side(Fd fd) {
      this.fd = fd;
    }
  }

  private final Relay relay;
  private final Side client;
  private final Side server;
  private final Runnable whenOver;
  private boolean over;

  RelayedStream(Relay relay, Fd client, Fd server, Runnable whenOver) {
    this.relay = relay;
    this.client = new Side(client);
    this.server = new Side(server);
    this.server.connecting = true;
    this.whenOver = whenOver;
  }

  void begin() throws SyscallException {
    client.registration = relay.watch(client.fd, 0, events -> ready(client, server));
    server.registration =
        relay.watch(server.fd, EventLoop.EPOLLOUT, events -> ready(server, client));
  }

  private void ready(Side side, Side other) {
    if (over) {
      return;
    }
    Sockets calls = relay.calls();
    if (side.connecting) {
      if (calls.error(side.fd) != 0) {
        fail();
        return;
      }
      side.connecting = false;
    }
    if (!flush(calls, side) || !read(calls, side, other) || !flush(calls, other)) {
      fail();
    } else if (client.told && server.told) {
      end();
    } else {
      arm(client, server);
      arm(server, client);
    }
  }

  /** False when the side is broken. */
  private boolean read(Sockets calls, Side side, Side other) {
    if (side.ended || other.pending.length > 0 || other.connecting) {
      return true;
    }
    long count = calls.receive(side.fd);
    if (Errno.EAGAIN.is(count) || Errno.EINTR.is(count)) {
      return true;
    }
    if (count < 0) {
      return false;
    }
    if (count == 0) {
      side.ended = true;
    } else {
      other.pending = calls.received(count);
      other.sent = 0;
    }
    return true;
  }

  private boolean flush(Sockets calls, Side side) {
    Side source = side == client ? server : client;
    while (side.pending.length > 0 && !side.connecting) {
      long count = calls.send(side.fd, side.pending, side.sent);
      if (Errno.EAGAIN.is(count) || Errno.EINTR.is(count)) {
        return true;
      }
      if (count < 0) {
        return false;
      }
      side.sent += (int) count;
      if (side.sent == side.pending.length) {
        side.pending = NOTHING;
      }
    }
    if (source.ended && !side.told && !side.connecting) {
      side.told = true;
      calls.finish(side.fd); // one that is gone already is told by the next read
    }
    return true;
  }

  private void arm(Side side, Side other) {
    int events = side.connecting || side.pending.length > 0 ? EventLoop.EPOLLOUT : 0;
    if (!side.ended && other.pending.length == 0 && !other.connecting) {
      events |= EventLoop.EPOLLIN;
    }
    try {
      if (events != 0 && side.registration != null) {
        side.registration.arm(events);
      }
    } catch (SyscallException e) {
      fail();
    }
  }

  private void fail() {
    if (!over) {
      relay.calls().breakOnClose(client.fd);
      relay.calls().breakOnClose(server.fd);
      end();
    }
  }

  /** With the relay locked; repeats safely. */
  void end() {
    if (over) {
      return;
    }
    over = true;
    for (Side side : new Side[] {client, server}) {
      if (side.registration != null) {
        side.registration.close();
      }
      side.fd.close();
    }
    whenOver.run();
  }
}
