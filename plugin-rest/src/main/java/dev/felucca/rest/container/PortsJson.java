package dev.felucca.rest.container;

import dev.felucca.kernel.container.ContainerDetails;
import dev.felucca.kernel.network.PortBinding;
import dev.felucca.rest.json.JsonOut;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A container's ports, as inspect and as lists show them. */
final class PortsJson {
  private PortsJson() {}

  /** By {@code 80/tcp}: where it is published, or null where it is only exposed. */
  static void inspect(JsonOut out, ContainerDetails container, boolean hostIpv6) {
    Map<String, List<Published>> ports = byPort(container, hostIpv6);
    out.object(
        "Ports",
        fields ->
            ports.forEach(
                (port, published) -> {
                  if (published.isEmpty()) {
                    fields.nothing(port);
                  } else {
                    fields.objects(
                        port,
                        published,
                        (one, at) ->
                            one.text("HostIp", at.ip())
                                .text("HostPort", at.port() == 0 ? "" : "" + at.port()));
                  }
                }));
  }

  /** One entry for each place a port is published at, or one for a port that is only exposed. */
  static void list(JsonOut out, ContainerDetails container, boolean hostIpv6) {
    List<Entry> entries = new ArrayList<>();
    byPort(container, hostIpv6)
        .forEach(
            (port, published) -> {
              if (published.isEmpty()) {
                entries.add(new Entry(port, null));
              }
              published.forEach(at -> entries.add(new Entry(port, at)));
            });
    out.objects(
        "Ports",
        entries,
        (one, entry) -> {
          int slash = entry.port().indexOf('/');
          String number = slash < 0 ? entry.port() : entry.port().substring(0, slash);
          Published at = entry.at();
          if (at != null && at.port() != 0) {
            one.text("IP", at.ip());
          }
          one.number("PrivatePort", Long.parseLong(number));
          if (at != null && at.port() != 0) {
            one.number("PublicPort", at.port());
          }
          one.text("Type", slash < 0 ? "tcp" : entry.port().substring(slash + 1));
        });
  }

  /**
   * @param hostIpv6 whether the host has IPv6: what comes by it to every address is led on to a
   *     container that has none, but for SCTP
   */
  private static Map<String, List<Published>> byPort(ContainerDetails container, boolean hostIpv6) {
    Map<String, List<Published>> ports = new TreeMap<>();
    if (!container.state().status().alive()) {
      return ports;
    }
    container.config().exposedPorts().stream()
        .filter(port -> !port.contains("-"))
        .forEach(port -> ports.put(port.contains("/") ? port : port + "/tcp", new ArrayList<>()));
    boolean ipv4 = container.networks().values().stream().anyMatch(n -> !n.ipAddress().isEmpty());
    boolean ipv6 =
        container.networks().values().stream().anyMatch(n -> !n.globalIpv6Address().isEmpty());
    for (PortBinding binding : container.ports()) {
      List<Published> published =
          ports.computeIfAbsent(
              binding.containerPort() + "/" + binding.protocol(), port -> new ArrayList<>());
      if (binding.hostIp().isEmpty()) {
        if (ipv4 || !ipv6) {
          published.add(new Published("0.0.0.0", binding.hostPort()));
        }
        if (ipv6 || (hostIpv6 && !binding.protocol().equals("sctp"))) {
          published.add(new Published("::", binding.hostPort()));
        }
      } else {
        published.add(new Published(binding.hostIp(), binding.hostPort()));
      }
    }
    return ports;
  }

  private record Published(String ip, int port) {}

  private record Entry(String port, @org.jspecify.annotations.Nullable Published at) {}
}
