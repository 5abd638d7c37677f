package dev.felucca.net.bridge;

import dev.felucca.kernel.network.EndpointSpec;
import dev.felucca.linux.netlink.AddressMessage;
import dev.felucca.linux.netlink.LinkMessage;
import dev.felucca.linux.netlink.MacAddress;
import dev.felucca.linux.netlink.Message;
import java.util.List;

/**
 * The routing messages to the host that make a network and an endpoint's pair: pure. What is sent
 * within the container is {@link ContainerEnd}'s.
 */
record Wiring(Owner owner) {
  /** Makes the bridge; its addresses need its index and come after. */
  List<Message> bridge(BridgeNetwork network, int mtu) {
    return List.of(
        LinkMessage.create(network.bridge()).mac(network.mac()).mtu(mtu).bridge().build(),
        // Only when it is up without a link-local address does it speak no IPv6 that nobody asked
        // for.
        LinkMessage.change(network.bridge())
            .noLinkLocalAddress()
            .alias(owner.alias(network.id()))
            .build(),
        LinkMessage.change(network.bridge()).up().build());
  }

  List<Message> bridgeAddresses(BridgeNetwork network, int index) {
    return network.addresses().stream()
        .map(cidr -> AddressMessage.add(index, cidr.address(), cidr.prefix()))
        .toList();
  }

  /**
   * Makes the veth pair, one end a port of the bridge and the other in the container, in the host's
   * namespace.
   */
  List<Message> host(
      BridgeNetwork network,
      EndpointSpec endpoint,
      MacAddress mac,
      int mtu,
      int bridge,
      int namespace) {
    String port = Owner.portName(endpoint.id());
    LinkMessage change =
        LinkMessage.change(port).noLinkLocalAddress().alias(owner.alias(endpoint.id()));
    if (!network.icc()) {
      change.isolatedPort(true);
    }
    return List.of(
        LinkMessage.create(port)
            .mtu(mtu)
            .master(bridge)
            .veth(
                LinkMessage.create(endpoint.interfaceName()).mac(mac).mtu(mtu).namespace(namespace))
            .build(),
        change.build(),
        LinkMessage.change(port).up().build());
  }
}
