package dev.felucca.net.bridge;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.network.Cidr;
import dev.felucca.kernel.network.EndpointSpec;
import dev.felucca.kernel.network.PortBinding;
import dev.felucca.linux.Errno;
import dev.felucca.linux.Fd;
import dev.felucca.linux.NativeMemory;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps published ports from the host's own programs, and finds out whether one of them has a port
 * already: each is bound by a socket that never listens, so that what is not redirected to the
 * container is refused and not left hanging.
 */
final class PortReservations implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PortReservations.class);
  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;
  private static final int CLOEXEC = 0x80000;
  private static final int IPPROTO_IPV6 = 41;
  private static final int IPV6_V6ONLY = 26;
  private static final Map<String, int[]> TYPES =
      Map.of("tcp", new int[] {1, 6}, "udp", new int[] {2, 17}, "sctp", new int[] {1, 132});

  private final Syscalls linux;
  private final Map<String, Map<PortBinding, List<Fd>>> byEndpoint = new ConcurrentHashMap<>();

  PortReservations(Syscalls linux) {
    this.linux = linux;
  }

  /** All of these ports of the endpoint or none; one that is taken is CONFLICT naming it. */
  void reserve(String endpointId, Collection<PortBinding> ports) throws IOException {
    Map<PortBinding, List<Fd>> bound = new HashMap<>();
    try {
      for (PortBinding port : ports) {
        bind(port, bound.computeIfAbsent(port, key -> new ArrayList<>(2)));
      }
    } catch (IOException | RuntimeException e) {
      bound.values().forEach(fds -> fds.forEach(Fd::close));
      throw e;
    }
    byEndpoint.computeIfAbsent(endpointId, id -> new ConcurrentHashMap<>()).putAll(bound);
  }

  /** After a restart: the container has its ports, whoever bound them in between. */
  void reserveAgain(EndpointSpec endpoint) throws IOException {
    for (PortBinding port : endpoint.ports()) {
      try {
        reserve(endpoint.id(), List.of(port));
      } catch (EngineException e) {
        LOG.warn("port of container {}: {}", endpoint.container().shortForm(), e.getMessage());
      }
    }
  }

  void release(String endpointId) {
    Map<PortBinding, List<Fd>> bound = byEndpoint.remove(endpointId);
    if (bound != null) {
      bound.values().forEach(fds -> fds.forEach(Fd::close));
    }
  }

  void release(String endpointId, Collection<PortBinding> ports) {
    Map<PortBinding, List<Fd>> bound = byEndpoint.get(endpointId);
    if (bound == null) {
      return;
    }
    for (PortBinding port : ports) {
      List<Fd> fds = bound.remove(port);
      if (fds != null) {
        fds.forEach(Fd::close);
      }
    }
    byEndpoint.computeIfPresent(endpointId, (id, left) -> left.isEmpty() ? null : left);
  }

  private void bind(PortBinding port, List<Fd> bound) throws IOException {
    if (port.hostIp().isEmpty()) {
      bind(port, Cidr.address("0.0.0.0"), bound);
      bind(port, Cidr.address("::"), bound);
    } else {
      bind(port, Cidr.address(port.hostIp()), bound);
    }
  }

  private void bind(PortBinding port, InetAddress address, List<Fd> bound) throws IOException {
    boolean ipv4 = address instanceof Inet4Address;
    int[] type = TYPES.getOrDefault(port.protocol(), new int[] {1, 6});
    long made = linux.call(Sysno.SOCKET, ipv4 ? AF_INET : AF_INET6, type[0] | CLOEXEC, type[1]);
    if (Errno.EPROTONOSUPPORT.is(made) || Errno.EAFNOSUPPORT.is(made)) {
      // No SCTP, or no IPv6 here: nobody can have the port; two endpoints still meet in the table.
      return;
    }
    if (Errno.failed(made)) {
      throw new IOException("socket for port " + port.hostPort() + ": " + Errno.of(made).text());
    }
    Fd fd = new Fd(linux, made);
    bound.add(fd);
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
      byte[] socket = socketAddress(address, port.hostPort());
      long result = linux.call(Sysno.BIND, fd.number(), memory.bytes(socket), socket.length);
      if (Errno.EADDRNOTAVAIL.is(result) && !ipv4 && address.isAnyLocalAddress()) {
        return; // IPv6 is switched off on this host
      }
      if (Errno.failed(result)) {
        throw new EngineException(
            CONFLICT,
            "failed to bind host port %s:%d/%s: %s"
                .formatted(
                    ipv4 ? address.getHostAddress() : "[" + Cidr.text(address) + "]",
                    port.hostPort(),
                    port.protocol(),
                    Errno.of(result).text()),
            null);
      }
    }
  }

  /** {@code struct sockaddr_in} or {@code sockaddr_in6}. */
  private static byte[] socketAddress(InetAddress address, int port) {
    boolean ipv4 = address instanceof Inet4Address;
    ByteBuffer out = ByteBuffer.allocate(ipv4 ? 16 : 28).order(ByteOrder.nativeOrder());
    out.putShort((short) (ipv4 ? AF_INET : AF_INET6));
    out.put((byte) (port >> 8)).put((byte) port);
    if (!ipv4) {
      out.putInt(0);
    }
    return out.put(address.getAddress()).array();
  }

  @Override
  public void close() {
    List.copyOf(byEndpoint.keySet()).forEach(this::release);
  }
}
