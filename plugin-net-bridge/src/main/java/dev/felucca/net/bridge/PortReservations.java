package dev.felucca.net.bridge;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.network.Cidr;
import dev.felucca.kernel.network.EndpointSpec;
import dev.felucca.kernel.network.PortBinding;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.nio.channels.Channel;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.util.Collection;
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

  private final Map<String, Map<PortBinding, Channel>> byEndpoint = new ConcurrentHashMap<>();

  /** All of these ports of the endpoint or none; one that is taken is CONFLICT naming it. */
  void reserve(String endpointId, Collection<PortBinding> ports) throws IOException {
    Map<PortBinding, Channel> bound = new ConcurrentHashMap<>();
    try {
      for (PortBinding port : ports) {
        bind(port, bound);
      }
    } catch (IOException | RuntimeException e) {
      bound.values().forEach(PortReservations::close);
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
    Map<PortBinding, Channel> bound = byEndpoint.remove(endpointId);
    if (bound != null) {
      bound.values().forEach(PortReservations::close);
    }
  }

  void release(String endpointId, Collection<PortBinding> ports) {
    Map<PortBinding, Channel> bound = byEndpoint.getOrDefault(endpointId, Map.of());
    for (PortBinding port : ports) {
      Channel channel = bound.remove(port);
      if (channel != null) {
        close(channel);
      }
    }
  }

  private static void bind(PortBinding port, Map<PortBinding, Channel> bound) throws IOException {
    InetAddress address = Cidr.address(port.hostIp().isEmpty() ? "0.0.0.0" : port.hostIp());
    ProtocolFamily family =
        address instanceof Inet4Address
            ? StandardProtocolFamily.INET
            : StandardProtocolFamily.INET6;
    InetSocketAddress socket = new InetSocketAddress(address, port.hostPort());
    try {
      switch (port.protocol()) {
        case "tcp" -> {
          SocketChannel channel = SocketChannel.open(family);
          bound.put(port, channel);
          channel.bind(socket);
        }
        case "udp" -> {
          DatagramChannel channel = DatagramChannel.open(family);
          bound.put(port, channel);
          channel.bind(socket);
        }
        // Java has no SCTP socket that only binds; two endpoints still meet in the table.
        default -> {}
      }
    } catch (IOException e) {
      throw new EngineException(
          CONFLICT,
          "port %s:%d/%s cannot be published: %s"
              .formatted(
                  address.getHostAddress(), port.hostPort(), port.protocol(), e.getMessage()),
          e);
    }
  }

  private static void close(Channel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      LOG.warn("closing the reservation of a port", e);
    }
  }

  @Override
  public void close() {
    List.copyOf(byEndpoint.keySet()).forEach(this::release);
  }
}
