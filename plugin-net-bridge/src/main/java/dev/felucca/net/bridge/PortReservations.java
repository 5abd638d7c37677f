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
import java.util.ArrayList;
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

  private final Map<String, List<Channel>> byEndpoint = new ConcurrentHashMap<>();

  /** All of the endpoint's ports or none; one that is taken is CONFLICT naming it. */
  void reserve(EndpointSpec endpoint) throws IOException {
    List<Channel> bound = new ArrayList<>();
    try {
      for (PortBinding port : endpoint.ports()) {
        bind(port, bound);
      }
    } catch (IOException | RuntimeException e) {
      bound.forEach(PortReservations::close);
      throw e;
    }
    replace(endpoint.id(), bound);
  }

  /** After a restart: the container has its ports, whoever bound them in between. */
  void reserveAgain(EndpointSpec endpoint) throws IOException {
    List<Channel> bound = new ArrayList<>();
    for (PortBinding port : endpoint.ports()) {
      try {
        bind(port, bound);
      } catch (EngineException e) {
        LOG.warn("port of container {}: {}", endpoint.container().shortForm(), e.getMessage());
      }
    }
    replace(endpoint.id(), bound);
  }

  void release(String endpointId) {
    replace(endpointId, List.of());
  }

  private void replace(String endpointId, List<Channel> bound) {
    List<Channel> before =
        bound.isEmpty() ? byEndpoint.remove(endpointId) : byEndpoint.put(endpointId, bound);
    if (before != null) {
      before.forEach(PortReservations::close);
    }
  }

  private static void bind(PortBinding port, List<Channel> bound) throws IOException {
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
          bound.add(channel);
          channel.bind(socket);
        }
        case "udp" -> {
          DatagramChannel channel = DatagramChannel.open(family);
          bound.add(channel);
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
