package dev.felucca.net.bridge;

import dev.felucca.kernel.network.Cidr;
import dev.felucca.linux.Fd;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.process.EventLoop;
import dev.felucca.linux.socket.SocketAddresses;
import dev.felucca.linux.socket.Sockets;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Leads on by hand what the kernel cannot redirect: what is sent to {@code [::1]}, as IPv6 has no
 * route_localnet, and IPv6 for containers that have none. One thread for all ports, which starts
 * with the first; what it does never waits, so one lock is enough for it and for those who publish.
 */
final class Relay implements AutoCloseable {
  private final Syscalls linux;
  private final List<Cidr> from;
  private @Nullable EventLoop loop;
  private @Nullable Sockets calls;

  /**
   * @param from the other hosts that may come; none given are all
   */
  Relay(Syscalls linux, List<Cidr> from) {
    this.linux = linux;
    this.from = from;
  }

  /** A port being led on, until it is closed. */
  interface Served extends AutoCloseable {
    @Override
    void close();
  }

  /** Leads what comes to a bound socket, which stays the caller's, to a port of a container. */
  synchronized Served serve(Fd bound, boolean stream, InetAddress to, int port)
      throws SyscallException {
    if (loop == null) {
      loop = new EventLoop(linux, "published-ports");
      calls = new Sockets(linux);
    }
    byte[] target = SocketAddresses.of(to, port, 0);
    return stream
        ? new RelayedStreams(this, bound, target)
        : new RelayedDatagrams(this, bound, target);
  }

  /** To be called, and what it answers used, with this locked. */
  Sockets calls() {
    if (calls == null) {
      throw new IllegalStateException("nothing is relayed");
    }
    return calls;
  }

  EventLoop.Registration watch(Fd fd, int events, Ready ready) throws SyscallException {
    EventLoop now = loop;
    if (now == null) {
      throw new SyscallException("watch", dev.felucca.linux.Errno.EBADF);
    }
    return now.register(
        fd,
        events,
        happened -> {
          synchronized (this) {
            if (fd.isOpen() && calls != null) {
              ready.ready(happened);
            }
          }
        });
  }

  /** Hears of a socket that can be used. */
  interface Ready {
    void ready(int events);
  }

  boolean mayCome(byte[] sender) {
    if (from.isEmpty()) {
      return true;
    }
    try {
      InetAddress address = SocketAddresses.host(sender);
      return address.isLoopbackAddress()
          || from.stream().anyMatch(range -> range.contains(address))
          || NetworkInterface.getByInetAddress(address) != null;
    } catch (IOException e) {
      return false; // it is gone again
    }
  }

  @Override
  public void close() {
    EventLoop ending;
    synchronized (this) {
      ending = loop;
      loop = null;
      if (calls != null) {
        calls.close();
        calls = null;
      }
    }
    if (ending != null) {
      ending.close();
    }
  }
}
