package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.HostConfig;
import dev.felucca.kernel.container.HostPort;
import dev.felucca.kernel.network.Cidr;
import dev.felucca.kernel.network.PortBinding;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Published ports as clients write them: {@code 80/tcp} to {@code 8080} or {@code 8000-8010}. */
final class PortSpecs {
  private static final Set<String> PROTOCOLS = Set.of("tcp", "udp", "sctp");

  /** More than a container can have, and far less than what fills the memory. */
  private static final int MOST = 65_535;

  private PortSpecs() {}

  /** INVALID, with Docker's words, for what cannot be a port. */
  static void check(Map<String, List<HostPort>> bindings) {
    int count = 0;
    for (Map.Entry<String, List<HostPort>> one : bindings.entrySet()) {
      exposed(one.getKey());
      count += Math.max(1, one.getValue().size());
      one.getValue().forEach(PortSpecs::check);
    }
    if (count > MOST) {
      throw new EngineException(INVALID, count + " published ports are more than there are");
    }
  }

  /** A port of a container as {@code 80} or {@code 80/udp}. */
  static void exposed(String port) {
    int slash = port.indexOf('/');
    String protocol = slash < 0 ? "tcp" : port.substring(slash + 1);
    if (!PROTOCOLS.contains(protocol)) {
      throw new EngineException(INVALID, "invalid port specification: \"" + port + "\"");
    }
    if (number(port, slash < 0 ? port : port.substring(0, slash)) == 0) {
      throw new EngineException(INVALID, "invalid port specification: \"" + port + "\"");
    }
  }

  private static void check(HostPort host) {
    String text = host.hostPort();
    if (!text.isEmpty()) {
      int dash = text.indexOf('-');
      int from = number(text, dash < 0 ? text : text.substring(0, dash));
      int to = dash < 0 ? from : number(text, text.substring(dash + 1));
      if (to < from) {
        throw new EngineException(INVALID, "invalid port specification: \"" + text + "\"");
      }
    }
    if (!host.hostIp().isEmpty()) {
      try {
        Cidr.address(host.hostIp());
      } catch (EngineException e) {
        throw new EngineException(INVALID, "invalid IP address: " + host.hostIp(), e);
      }
    }
  }

  private static int number(String all, String digits) {
    if (digits.matches("[0-9]{1,5}") && Integer.parseInt(digits) <= 65_535) {
      return Integer.parseInt(digits);
    }
    throw new EngineException(INVALID, "invalid port specification: \"" + all + "\"");
  }

  /** INVALID where there is no network of the container's own. */
  static void mayPublish(HostConfig host) {
    NetworkMode mode = NetworkMode.parse(host.networkMode());
    if (mode.kind() == NetworkMode.Kind.CONTAINER || mode.isHost() || mode.ref().equals("none")) {
      throw new EngineException(
          INVALID, "conflicting options: port publishing and the network mode " + mode);
    }
  }

  static HostConfig with(HostConfig host, Map<String, List<HostPort>> more) {
    HostConfig.Builder next = host.toBuilder();
    next.portBindings = with(host.portBindings(), more);
    return next.build();
  }

  private static Map<String, List<HostPort>> with(
      Map<String, List<HostPort>> known, Map<String, List<HostPort>> more) {
    Map<String, List<HostPort>> all = new TreeMap<>(known);
    more.forEach(
        (port, hosts) -> {
          List<HostPort> merged = new ArrayList<>(all.getOrDefault(full(port), List.of()));
          (hosts.isEmpty() ? List.of(new HostPort("", "")) : hosts)
              .stream().filter(host -> !merged.contains(host)).forEach(merged::add);
          all.put(full(port), merged);
        });
    return all;
  }

  static HostConfig without(HostConfig host, Map<String, List<HostPort>> less) {
    HostConfig.Builder next = host.toBuilder();
    next.portBindings = without(host.portBindings(), less);
    return next.build();
  }

  private static Map<String, List<HostPort>> without(
      Map<String, List<HostPort>> known, Map<String, List<HostPort>> less) {
    Map<String, List<HostPort>> all = new TreeMap<>(known);
    less.forEach(
        (port, hosts) -> {
          List<HostPort> left = new ArrayList<>(all.getOrDefault(full(port), List.of()));
          left.removeIf(host -> hosts.isEmpty() || hosts.stream().anyMatch(h -> same(h, host)));
          if (left.isEmpty()) {
            all.remove(full(port));
          } else {
            all.put(full(port), left);
          }
        });
    return all;
  }

  private static boolean same(HostPort asked, HostPort host) {
    return (asked.hostPort().isEmpty() || asked.hostPort().equals(host.hostPort()))
        && (asked.hostIp().isEmpty() || asked.hostIp().equals(host.hostIp()));
  }

  /** Whether a port as published is among those asked for. */
  static boolean matches(Map<String, List<HostPort>> asked, PortBinding binding) {
    return asked.entrySet().stream()
        .filter(
            one -> full(one.getKey()).equals(binding.containerPort() + "/" + binding.protocol()))
        .anyMatch(
            one ->
                one.getValue().isEmpty()
                    || one.getValue().stream().anyMatch(host -> matches(host, binding)));
  }

  private static boolean matches(HostPort host, PortBinding binding) {
    return (host.hostPort().isEmpty()
            || host.hostPort().equals(Integer.toString(binding.hostPort())))
        && (host.hostIp().isEmpty() || host.hostIp().equals(binding.hostIp()));
  }

  private static String full(String port) {
    return port.indexOf('/') < 0 ? port + "/tcp" : port;
  }
}
