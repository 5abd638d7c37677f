package dev.felucca.shell;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.EndpointConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;

/**
 * The networks of a new container. What is asked for beside {@code --network} is about the first of
 * them.
 */
final class NetworkOptions {
  @Option(
      names = {"--network", "--net"},
      paramLabel = "NETWORK",
      description = {
        "a network, none, host or container:NAME, or",
        "name=NET,alias=,ip=,ip6=,mac-address=,link-local-ip=,driver-opt=K=V,gw-priority="
      })
  List<String> networks = new ArrayList<>();

  @Option(
      names = {"--network-alias", "--net-alias"},
      paramLabel = "NAME",
      description = "one more name of the container in its network")
  List<String> aliases = new ArrayList<>();

  @Option(names = "--ip", paramLabel = "ADDRESS", description = "its IPv4 address")
  String ip = "";

  @Option(names = "--ip6", paramLabel = "ADDRESS", description = "its IPv6 address")
  String ip6 = "";

  @Option(
      names = "--link-local-ip",
      paramLabel = "ADDRESS",
      description = "one more address of its interface")
  List<String> linkLocal = new ArrayList<>();

  @Option(
      names = "--mac-address",
      paramLabel = "ADDRESS",
      description = "hardware address of its interface")
  String macAddress = "";

  /** The network mode: the first network, or the engine's choice. */
  String mode() {
    return networks.isEmpty() ? "default" : NetworkText.parse(networks.get(0)).name();
  }

  /** By network; one of which nothing is asked is left to the mode. */
  Map<String, EndpointConfig> endpoints() {
    Map<String, EndpointConfig> all = new LinkedHashMap<>();
    all.put(mode(), first());
    for (String text : networks.subList(Math.min(1, networks.size()), networks.size())) {
      NetworkText network = NetworkText.parse(text);
      if (all.putIfAbsent(network.name(), network.endpoint()) != null) {
        throw new EngineException(
            INVALID, "network \"" + network.name() + "\" is specified multiple times");
      }
    }
    all.remove(mode(), EndpointConfig.DEFAULT);
    return all;
  }

  private EndpointConfig first() {
    EndpointConfig inner =
        networks.isEmpty() ? EndpointConfig.DEFAULT : NetworkText.parse(networks.get(0)).endpoint();
    return new EndpointConfig(
        either("--ip and per-network IPv4 address", ip, inner.ipv4Address()),
        either("--ip6 and per-network IPv6 address", ip6, inner.ipv6Address()),
        either(
            "--link-local-ip and per-network link-local IP addresses",
            linkLocal,
            inner.linkLocalIps()),
        List.of(),
        either("--network-alias and per-network alias", aliases, inner.aliases()),
        either("--mac-address and per-network MAC address", macAddress, inner.macAddress()),
        inner.driverOptions(),
        inner.gatewayPriority());
  }

  private static String either(String both, String outer, String inner) {
    refuse(both, !outer.isEmpty() && !inner.isEmpty());
    return outer.isEmpty() ? inner : outer;
  }

  private static List<String> either(String both, List<String> outer, List<String> inner) {
    refuse(both, !outer.isEmpty() && !inner.isEmpty());
    return outer.isEmpty() ? inner : outer;
  }

  private static void refuse(String both, boolean given) {
    if (given) {
      throw new EngineException(INVALID, "conflicting options: cannot specify both " + both);
    }
  }
}
