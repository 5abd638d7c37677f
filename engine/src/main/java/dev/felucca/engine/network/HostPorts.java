package dev.felucca.engine.network;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;
import static dev.felucca.kernel.EngineException.Kind.INTERNAL;
import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.HostPort;
import dev.felucca.kernel.network.PortBinding;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
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
  private final int first;
  private final int last;

  /** By protocol and number: who has it, one for each address it is published at. */
  private final Map<String, List<PortBinding>> taken = new HashMap<>();

  private int next;

  /**
   * @param range {@code 49153-65535}: where ports come from that nobody asked for by number
   */
  HostPorts(String range) {
    int dash = range.indexOf('-');
    this.first = dash < 0 ? 0 : number(range.substring(0, dash).strip());
    this.last = dash < 0 ? 0 : number(range.substring(dash + 1).strip());
    if (first == 0 || last < first) {
      throw new EngineException(INVALID, "invalid range of ports: \"" + range + "\"");
    }
    this.next = first;
  }

  /**
   * Decides and takes the ports of a container, all or none.
   *
   * @param bindings by {@code 80/tcp}; no host port is any that is free
   * @param address of the host, where a binding names none; empty is all
   */
  List<PortBinding> take(Map<String, List<HostPort>> bindings, String address) {
    return take(bindings, address, Families.TRANSLATED);
  }

  /**
   * How a network's ports are reached, by family.
   *
   * @param four whether it has IPv4, and {@code six} IPv6
   * @param routed4 whether that is by the containers' own addresses: no port of the host is taken
   */
  record Families(boolean four, boolean six, boolean routed4, boolean routed6) {
    static final Families TRANSLATED = new Families(true, true, false, false);
  }

  synchronized List<PortBinding> take(
      Map<String, List<HostPort>> bindings, String address, Families families) {
    Set<PortBinding> decided = new LinkedHashSet<>();
    try {
      new TreeMap<>(bindings)
          .forEach(
              (port, hosts) ->
                  (hosts.isEmpty() ? List.of(new HostPort("", "")) : hosts)
                      .forEach(host -> takeOne(port, at(address, host), families, decided)));
    } catch (RuntimeException e) {
      giveBack(List.copyOf(decided));
      throw e;
    }
    return List.copyOf(decided);
  }

  private void takeOne(String port, HostPort host, Families families, Set<PortBinding> decided) {
    if (!families.routed4() && !families.routed6()) {
      decided.add(takeOne(port, host));
      return;
    }
    boolean any = host.hostIp().isEmpty();
    boolean ofSix = host.hostIp().indexOf(':') >= 0;
    if (families.four() && (any || !ofSix)) {
      HostPort four = new HostPort(any ? "0.0.0.0" : host.hostIp(), host.hostPort());
      decided.add(families.routed4() ? routed(port, four) : takeOne(port, four));
    }
    if (families.six() && (any || ofSix)) {
      HostPort six = new HostPort(any ? "::" : host.hostIp(), host.hostPort());
      decided.add(families.routed6() ? routed(port, six) : takeOne(port, six));
    }
  }

  private static PortBinding routed(String port, HostPort host) {
    return new PortBinding(inside(port), protocol(port), host.hostIp(), 0);
  }

  private static String protocol(String port) {
    int slash = port.indexOf('/');
    return slash < 0 ? "tcp" : port.substring(slash + 1);
  }

  private static int inside(String port) {
    int slash = port.indexOf('/');
    return number(slash < 0 ? port : port.substring(0, slash));
  }

  private static HostPort at(String address, HostPort host) {
    return host.hostIp().isEmpty() ? new HostPort(address, host.hostPort()) : host;
  }

  private PortBinding takeOne(String port, HostPort host) {
    String protocol = protocol(port);
    int inside = inside(port);
    if (host.hostPort().isEmpty() || host.hostPort().equals("0")) {
      return takeFree(inside, protocol, host.hostIp());
    }
    int dash = host.hostPort().indexOf('-');
    int from = number(dash < 0 ? host.hostPort() : host.hostPort().substring(0, dash));
    int to = dash < 0 ? from : number(host.hostPort().substring(dash + 1));
    for (int outside = from; outside <= to; outside++) {
      PortBinding binding = new PortBinding(inside, protocol, host.hostIp(), outside);
      if (isFree(binding) && (from == to || bindable(binding))) {
        mark(List.of(binding));
        return binding;
      }
    }
    String address = host.hostIp().isEmpty() ? "0.0.0.0" : host.hostIp();
    throw new EngineException(
        INTERNAL,
        "Bind for " + address + ":" + host.hostPort() + " failed: port is already allocated");
  }

  private PortBinding takeFree(int inside, String protocol, String hostIp) {
    for (int tries = 0; tries <= last - first; tries++) {
      int outside = next;
      next = next == last ? first : next + 1;
      PortBinding binding = new PortBinding(inside, protocol, hostIp, outside);
      if (isFree(binding) && bindable(binding)) {
        mark(List.of(binding));
        return binding;
      }
    }
    throw new EngineException(
        CONFLICT,
        "no host port of " + first + "-" + last + " is left for container port " + inside);
  }

  private static String key(PortBinding port) {
    return port.protocol() + port.hostPort();
  }

  private boolean isFree(PortBinding wanted) {
    return taken.getOrDefault(key(wanted), List.of()).stream()
        .noneMatch(other -> meet(other.hostIp(), wanted.hostIp()));
  }

  /** None is every address, {@code 0.0.0.0} every one of IPv4 and {@code ::} of IPv6. */
  private static boolean meet(String one, String other) {
    if (one.isEmpty() || other.isEmpty()) {
      return true;
    }
    if (one.indexOf(':') < 0 != other.indexOf(':') < 0) {
      return false;
    }
    return isAny(one) || isAny(other) || one.equals(other);
  }

  private static boolean isAny(String ip) {
    return ip.equals("0.0.0.0") || ip.equals("::");
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
    bindings.forEach(port -> taken.computeIfAbsent(key(port), k -> new ArrayList<>(1)).add(port));
  }

  synchronized void giveBack(List<PortBinding> bindings) {
    for (PortBinding port : bindings) {
      List<PortBinding> holders = taken.get(key(port));
      if (holders != null && holders.remove(port) && holders.isEmpty()) {
        taken.remove(key(port));
      }
    }
  }

  static int number(String port) {
    if (port.matches("[0-9]{1,5}") && Integer.parseInt(port) <= 65535) {
      return Integer.parseInt(port);
    }
    throw new EngineException(INVALID, "invalid port specification: \"" + port + "\"");
  }
}
