package dev.felucca.net.bridge;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.network.Cidr;
import dev.felucca.kernel.network.NetworkSpec;
import dev.felucca.kernel.network.Subnet;
import dev.felucca.linux.netlink.LinkMessage;
import dev.felucca.linux.netlink.MacAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a network's spec means to this driver.
 *
 * @param id the network's
 * @param bridge the bridge's name on the host
 * @param addresses the bridge's own, which are the containers' gateways
 * @param mac derived from the first address, so that a bridge made again is the same to its
 *     neighbours
 * @param mtu 0 leaves it to the driver
 * @param icc whether containers of the network may talk to each other
 * @param masquerade whether what leaves the host carries the host's address
 * @param internal whether nothing leaves
 * @param ipv6 whether it has IPv6 addresses
 * @param mode4 how what is beyond the host is reached by IPv4, and {@code mode6} by IPv6
 */
record BridgeNetwork(
    String id,
    String bridge,
    List<Cidr> addresses,
    MacAddress mac,
    int mtu,
    boolean icc,
    boolean masquerade,
    boolean internal,
    boolean ipv6,
    GatewayMode mode4,
    GatewayMode mode6) {
  private static final Cidr LINK_LOCAL = Cidr.parse("fe80::1/64");
  private static final String OWN = "com.docker.network.bridge.";

  private static final Set<String> KNOWN =
      Set.of(
          "name",
          "enable_icc",
          "enable_ip_masquerade",
          "gateway_mode_ipv4",
          "gateway_mode_ipv6",
          "default_bridge",
          "host_binding_ipv4");
  static final String NAME = "com.docker.network.bridge.name";
  static final String ICC = "com.docker.network.bridge.enable_icc";
  static final String MASQUERADE = "com.docker.network.bridge.enable_ip_masquerade";
  static final String DEFAULT = "com.docker.network.bridge.default_bridge";
  static final String MTU = "com.docker.network.driver.mtu";
  private static final int SMALLEST_MTU = 68;
  private static final int LARGEST_MTU = 65535;

  /**
   * Refuses options that mean nothing as INVALID; those of other drivers are let be, as Docker
   * does.
   */
  static BridgeNetwork of(NetworkSpec spec, String defaultBridge) {
    Map<String, String> options = spec.options();
    GatewayMode mode4 = GatewayMode.of(spec, 4);
    GatewayMode mode6 = GatewayMode.of(spec, 6);
    boolean ipv6 = spec.subnets().stream().anyMatch(Subnet::ipv6);
    List<Cidr> addresses =
        new ArrayList<>(
            spec.subnets().stream()
                .filter(subnet -> (subnet.ipv6() ? mode6 : mode4) != GatewayMode.ISOLATED)
                .map(BridgeNetwork::gateway)
                .toList());
    if (ipv6 && mode6 != GatewayMode.ISOLATED) {
      // Containers ask for their neighbours from link-local addresses: without one of its own the
      // bridge has no route to answer by.
      addresses.add(LINK_LOCAL);
    }
    return new BridgeNetwork(
        spec.id(),
        name(spec, defaultBridge),
        List.copyOf(addresses),
        Macs.of(spec.id(), addresses),
        mtu(options.getOrDefault(MTU, "")),
        flag(options, ICC),
        flag(options, MASQUERADE) && !spec.internal(),
        spec.internal(),
        ipv6,
        mode4,
        mode6);
  }

  /** Refuses options of Docker's driver that this one has not: nobody is to rely on them. */
  static void refuseUnknown(NetworkSpec spec) {
    for (String option : spec.options().keySet()) {
      if (option.startsWith(OWN) && !KNOWN.contains(option.substring(OWN.length()))) {
        throw new EngineException(INVALID, "option " + option + " is not supported");
      }
    }
  }

  private static String name(NetworkSpec spec, String defaultBridge) {
    String chosen = spec.options().getOrDefault(NAME, "");
    if (chosen.isEmpty()) {
      boolean isDefault =
          spec.name().equals("bridge") || "true".equals(spec.options().get(DEFAULT));
      return isDefault ? defaultBridge : "fel-" + spec.id().substring(0, 11);
    }
    try {
      LinkMessage.get(chosen);
    } catch (IllegalArgumentException e) {
      throw new EngineException(INVALID, "invalid bridge name: " + chosen, e);
    }
    return chosen;
  }

  private static Cidr gateway(Subnet subnet) {
    if (subnet.gateway().isEmpty()) {
      throw new EngineException(INVALID, "subnet " + subnet.cidr() + " has no gateway");
    }
    return new Cidr(Cidr.address(subnet.gateway()), subnet.cidr().prefix());
  }

  WayOut wayOut() {
    return internal ? WayOut.NONE : WayOut.GATEWAY;
  }

  static int mtu(String text) {
    if (text.isEmpty()) {
      return 0;
    }
    try {
      int mtu = Integer.parseInt(text);
      if (mtu == 0 || (mtu >= SMALLEST_MTU && mtu <= LARGEST_MTU)) {
        return mtu;
      }
    } catch (NumberFormatException e) {
      throw new EngineException(INVALID, "invalid value for " + MTU + ": " + text, e);
    }
    throw new EngineException(INVALID, "invalid value for " + MTU + ": " + text);
  }

  private static boolean flag(Map<String, String> options, String name) {
    String value = options.getOrDefault(name, "true");
    return switch (value) {
      case "true", "1", "t", "T", "TRUE", "True" -> true;
      case "false", "0", "f", "F", "FALSE", "False" -> false;
      default -> throw new EngineException(INVALID, "invalid value for " + name + ": " + value);
    };
  }
}
