package dev.felucca.net.bridge;

import dev.felucca.kernel.network.Cidr;
import dev.felucca.kernel.network.EndpointSpec;
import dev.felucca.linux.netlink.AddressMessage;
import dev.felucca.linux.netlink.LinkMessage;
import dev.felucca.linux.netlink.MacAddress;
import dev.felucca.linux.netlink.Message;
import dev.felucca.linux.netlink.RouteMessage;
import java.net.Inet6Address;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The routing messages that make a network and wire an endpoint: pure, sent by {@link
 * BridgeNetworkDriver}.
 */
record Wiring(Owner owner) {
  private static final int LOOPBACK = 1;

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

  /** Addresses and routes, in the container's namespace. */
  List<Message> inside(BridgeNetwork network, EndpointSpec endpoint, int index) {
    List<Message> messages = new ArrayList<>();
    messages.add(LinkMessage.change(LOOPBACK).up().build());
    boolean inet6 =
        Stream.concat(endpoint.addresses().stream(), endpoint.linkLocal().stream())
            .anyMatch(cidr -> cidr.address() instanceof Inet6Address);
    if (!inet6) {
      messages.add(LinkMessage.change(index).noLinkLocalAddress().build());
    }
    messages.add(LinkMessage.change(index).up().build());
    for (Cidr cidr : endpoint.addresses()) {
      messages.add(AddressMessage.add(index, cidr.address(), cidr.prefix()));
    }
    for (Cidr cidr : endpoint.linkLocal()) {
      messages.add(AddressMessage.add(index, cidr.address(), cidr.prefix()));
    }
    if (!network.internal()) {
      for (String gateway : endpoint.gateways()) {
        messages.add(RouteMessage.defaultVia(Cidr.address(gateway), index));
      }
    }
    return messages;
  }
}
