package dev.felucca.net.bridge;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.network.Cidr;
import dev.felucca.kernel.network.EndpointSpec;
import dev.felucca.kernel.network.PortBinding;
import dev.felucca.linux.Errno;
import dev.felucca.linux.Fd;
import dev.felucca.linux.NativeMemory;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import dev.felucca.linux.socket.SocketAddresses;
import dev.felucca.linux.socket.Sockets;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps published ports from the host's own programs, and finds out whether one of them has a port
 * already: each is bound by a socket. Of IPv4 it never listens, so that what is not redirected to
 * the container is refused and not left hanging; of IPv6 it is the relay's.
 */
final class PortReservations implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PortReservations.class);
  private static final int IPPROTO_IPV6 = 41;
  private static final int IPV6_V6ONLY = 26;
  private static final int IPPROTO_TCP = 6;
  private static final int SOL_SOCKET = 1;
  private static final int SO_REUSEADDR = 2;
  private static final Map<String, int[]> TYPES =
      Map.of("tcp", new int[] {1, 6}, "udp", new int[] {2, 17}, "sctp", new int[] {1, 132});

  private final Syscalls linux;
  private final Relay relay;
  private final Map<String, Map<PortBinding, List<Bound>>> byEndpoint = new ConcurrentHashMap<>();

  /** A socket, and who leads on what comes to it. */
  private static final class Bound {
    final Fd fd;
    final InetAddress address;
    Relay.@Nullable Served served;

    Bound(Fd fd, InetAddress address) {
      this.fd = fd;
      this.address = address;
    }

    void close() {
      if (served != null) {
        served.close();
      }
      fd.close();
    }
  }

  PortReservations(Syscalls linux, Relay relay) {
    this.linux = linux;
    this.relay = relay;
  }

  /** All ports of the endpoint or none; one that is taken is CONFLICT naming it. */
  void reserve(EndpointSpec endpoint) throws IOException {
    Map<PortBinding, List<Bound>> bound = new HashMap<>();
    try {
      for (PortBinding port : endpoint.ports()) {
        bind(endpoint, port, bound.computeIfAbsent(port, key -> new ArrayList<>(2)));
      }
    } catch (IOException | RuntimeException e) {
      bound.values().forEach(sockets -> sockets.forEach(Bound::close));
      throw e;
    }
    byEndpoint.computeIfAbsent(endpoint.id(), id -> new ConcurrentHashMap<>()).putAll(bound);
  }

  /** After a restart: the container has its ports, whoever bound them in between. */
  void reserveAgain(EndpointSpec endpoint) throws IOException {
    for (PortBinding port : endpoint.ports()) {
      try {
        reserve(endpoint.withPorts(List.of(port)));
      } catch (EngineException e) {
        LOG.warn("port of container {}: {}", endpoint.container().shortForm(), e.getMessage());
      }
    }
  }

  void release(String endpointId) {
    Map<PortBinding, List<Bound>> bound = byEndpoint.remove(endpointId);
    if (bound != null) {
      bound.values().forEach(sockets -> sockets.forEach(Bound::close));
    }
  }

  void release(String endpointId, Collection<PortBinding> ports) {
    Map<PortBinding, List<Bound>> bound = byEndpoint.get(endpointId);
    if (bound == null) {
      return;
    }
    for (PortBinding port : ports) {
      List<Bound> sockets = bound.remove(port);
      if (sockets != null) {
        sockets.forEach(Bound::close);
      }
    }
    byEndpoint.computeIfPresent(endpointId, (id, left) -> left.isEmpty() ? null : left);
  }

  private void bind(EndpointSpec endpoint, PortBinding port, List<Bound> bound) throws IOException {
    if (port.routed()) {
      return; // the host has no part in it
    }
    if (port.hostIp().isEmpty()) {
      bind(port, Cidr.address("0.0.0.0"), bound);
      serve(endpoint, port, bind(port, Cidr.address("::"), bound));
      return;
    }
    InetAddress host = Cidr.address(port.hostIp());
    Bound made = bind(port, host, bound);
    if (!(host instanceof Inet4Address)) {
      serve(endpoint, port, made);
    }
  }

  /** What the table redirects never comes to this socket; the rest is led on by hand. */
  private void serve(EndpointSpec endpoint, PortBinding port, @Nullable Bound bound)
      throws IOException {
    Optional<InetAddress> to =
        PublishedPorts.target(endpoint, true).or(() -> PublishedPorts.target(endpoint, false));
    if (bound != null && to.isPresent() && !port.protocol().equals("sctp")) {
      try {
        bound.served =
            relay.serve(bound.fd, port.protocol().equals("tcp"), to.get(), port.containerPort());
      } catch (SyscallException e) {
        if (e.errno() == Errno.EADDRINUSE) {
          throw taken(port, bound.address, e.errno());
        }
        throw e;
      }
    }
  }

  private @Nullable Bound bind(PortBinding port, InetAddress address, List<Bound> bound)
      throws IOException {
    boolean ipv4 = address instanceof Inet4Address;
    int[] type = TYPES.getOrDefault(port.protocol(), new int[] {1, 6});
    long opened =
        linux.call(
            Sysno.SOCKET,
            ipv4 ? SocketAddresses.INET : SocketAddresses.INET6,
            type[0] | Sockets.NONBLOCKING_CLOEXEC,
            type[1]);
    if (Errno.EPROTONOSUPPORT.is(opened) || Errno.EAFNOSUPPORT.is(opened)) {
      // No SCTP, or no IPv6 here: nobody can have the port; two endpoints still meet in the table.
      return null;
    }
    if (Errno.failed(opened)) {
      throw new IOException("socket for port " + port.hostPort() + ": " + Errno.of(opened).text());
    }
    Fd fd = new Fd(linux, opened);
    Bound made = new Bound(fd, address);
    bound.add(made);
    try (NativeMemory memory = new NativeMemory()) {
      if (!ipv4) {
        linux.check(
            "bind IPv6 only",
            Sysno.SETSOCKOPT,
            fd.number(),
            IPPROTO_IPV6,
            IPV6_V6ONLY,
            memory.ints(1),
            4);
      }
      if (!ipv4 && type[1] == IPPROTO_TCP) {
        // It will listen, which keeps others away; its connections of before may linger.
        linux.check(
            "bind again",
            Sysno.SETSOCKOPT,
            fd.number(),
            SOL_SOCKET,
            SO_REUSEADDR,
            memory.ints(1),
            4);
      }
      byte[] socket = SocketAddresses.of(address, port.hostPort(), 0);
      long result = linux.call(Sysno.BIND, fd.number(), memory.bytes(socket), socket.length);
      if (Errno.EADDRNOTAVAIL.is(result) && !ipv4 && address.isAnyLocalAddress()) {
        return null; // IPv6 is switched off on this host
      }
      if (Errno.failed(result)) {
        throw taken(port, address, Errno.of(result));
      }
    }
    return made;
  }

  private static EngineException taken(PortBinding port, InetAddress address, Errno why) {
    return new EngineException(
        CONFLICT,
        "failed to bind host port %s:%d/%s: %s"
            .formatted(
                address instanceof Inet4Address
                    ? address.getHostAddress()
                    : "[" + Cidr.text(address) + "]",
                port.hostPort(),
                port.protocol(),
                why.text()),
        null);
  }

  void releaseAll() {
    List.copyOf(byEndpoint.keySet()).forEach(this::release);
  }

  @Override
  public void close() {
    releaseAll();
    relay.close();
  }
}
