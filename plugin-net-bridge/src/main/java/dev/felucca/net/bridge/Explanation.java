package dev.felucca.net.bridge;

import dev.felucca.kernel.network.EndpointSpec;
import dev.felucca.linux.netlink.Link;
import dev.felucca.linux.netlink.MacAddress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The messages that join an endpoint, as they are sent but for three numbers that only the host
 * decides: the bridge's index where it isn't there yet (0), the container's namespace (descriptor
 * 0) and its interface (index 2).
 */
record Explanation(Owner owner, BridgeNetwork network, EndpointSpec endpoint) {
  /** Opens the host, which may refuse. */
  interface Opening {
    Host host() throws IOException;
  }

  List<String> lines(Opening opening) {
    List<String> lines = new ArrayList<>();
    int index = 0;
    int mtu = network.mtu();
    try {
      Optional<Link> bridge = opening.host().route().link(network.bridge());
      index = bridge.map(Link::index).orElse(0);
      mtu = bridge.map(Link::mtu).orElse(mtu);
    } catch (IOException e) {
      lines.add("host: cannot be asked: " + e.getMessage());
    }
    MacAddress mac = Macs.chosen(endpoint.macAddress(), endpoint.id(), endpoint.addresses());
    new Wiring(owner)
        .host(network, endpoint, mac, mtu, index, 0)
        .forEach(message -> lines.add("host: " + message));
    new ContainerEnd(endpoint, network.wayOut())
        .bringUp(2)
        .forEach(message -> lines.add("container: " + message));
    new Firewall(owner.table())
        .publish(endpoint)
        .messages()
        .forEach(message -> lines.add("nftables: " + message));
    return lines;
  }
}
