package dev.felucca.engine.network;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;
import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.HostPort;
import dev.felucca.kernel.network.PortBinding;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Which host port is published for which container port. A port is given to one running container
 * at a time; whether somebody outside the engine has it is found out by the driver, and for ports
 * that the engine chooses by trying. Thread-safe.
 */
final class HostPorts {
  private static final int FIRST = 32768;
  private static final int LAST = 60999;

  private final Set<PortBinding> taken = new HashSet<>();
  private int next = FIRST;

  /**
   * Decides and takes the ports of a container.
   *
   * @param bindings by {@code 80/tcp}
   * @param exposed ports to publish anywhere free besides, as {@code -P} does
   */
  synchronized List<PortBinding> take(Map<String, List<HostPort>> bindings, Set<String> exposed) {
    Map<String, List<HostPort>> wanted = new TreeMap<>();
    exposed.forEach(port -> wanted.put(port, List.of(new HostPort("", ""))));
    bindings.forEach(
        (port, hosts) -> wanted.put(port, hosts.isEmpty() ? List.of(new HostPort("", "")) : hosts));
    List<PortBinding> decided = new ArrayList<>();
    try {
      wanted.forEach((port, hosts) -> hosts.forEach(host -> decided.add(takeOne(port, host))));
    } catch (RuntimeException e) {
      giveBack(decided);
      throw e;
    }
    return decided;
  }

  private PortBinding takeOne(String port, HostPort host) {
    int slash = port.indexOf('/');
    String protocol = slash < 0 ? "tcp" : port.substring(slash + 1);
    int inside = number(slash < 0 ? port : port.substring(0, slash));
    if (host.hostPort().isEmpty() || host.hostPort().equals("0")) {
      return takeFree(inside, protocol, host.hostIp());
    }
    int dash = host.hostPort().indexOf('-');
    int from = number(dash < 0 ? host.hostPort() : host.hostPort().substring(0, dash));
    int to = dash < 0 ? from : number(host.hostPort().substring(dash + 1));
    for (int outside = from; outside <= to; outside++) {
      PortBinding binding = new PortBinding(inside, protocol, host.hostIp(), outside);
      boolean sure = from == to || bindable(binding);
      if (sure && isFree(binding)) {
        taken.add(binding);
        return binding;
      }
    }
    String address = host.hostIp().isEmpty() ? "0.0.0.0" : host.hostIp();
    throw new EngineException(
        CONFLICT,
        "Bind for " + address + ":" + host.hostPort() + " failed: port is already allocated");
  }

  private PortBinding takeFree(int inside, String protocol, String hostIp) {
    for (int tries = 0; tries <= LAST - FIRST; tries++) {
      int outside = next;
      next = next == LAST ? FIRST : next + 1;
      PortBinding binding = new PortBinding(inside, protocol, hostIp, outside);
      if (isFree(binding) && bindable(binding)) {
        taken.add(binding);
        return binding;
      }
    }
    throw new EngineException(CONFLICT, "no free host port is left for container port " + inside);
  }

  private boolean isFree(PortBinding wanted) {
    return taken.stream()
        .noneMatch(
            other ->
                other.hostPort() == wanted.hostPort()
                    && other.protocol().equals(wanted.protocol())
                    && (isAny(other.hostIp())
                        || isAny(wanted.hostIp())
                        || other.hostIp().equals(wanted.hostIp())));
  }

  private static boolean isAny(String ip) {
    return ip.isEmpty() || ip.equals("0.0.0.0") || ip.equals("::");
  }

  private static boolean bindable(PortBinding binding) {
    String ip = binding.hostIp().isEmpty() ? "0.0.0.0" : binding.hostIp();
    InetSocketAddress address = new InetSocketAddress(ip, binding.hostPort());
    try {
      if (binding.protocol().equals("udp")) {
        new DatagramSocket(address).close();
      } else if (binding.protocol().equals("tcp")) {
        try (ServerSocket socket = new ServerSocket()) {
          socket.bind(address);
        }
      }
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** Marks ports that a container has from before this engine. */
  synchronized void mark(List<PortBinding> bindings) {
    taken.addAll(bindings);
  }

  synchronized void giveBack(List<PortBinding> bindings) {
    bindings.forEach(taken::remove);
  }

  static int number(String port) {
    try {
      int value = Integer.parseInt(port);
      if (value >= 0 && value <= 65535) {
        return value;
      }
    } catch (NumberFormatException e) {
      throw new EngineException(INVALID, "invalid port specification: \"" + port + "\"", e);
    }
    throw new EngineException(INVALID, "invalid port specification: \"" + port + "\"");
  }
}
