package dev.felucca.net.bridge;

import dev.felucca.kernel.network.Cidr;
import dev.felucca.linux.netlink.Message;
import dev.felucca.linux.netlink.RouteMessage;
import java.net.Inet4Address;

/** How a container gets from its network to everywhere else. */
enum WayOut {
  /** Not at all: the network is internal. */
  NONE,
  /** By the network's gateways. */
  GATEWAY,
  /**
   * By the interface itself, where the host takes in whatever is sent; a gateway tells the family.
   */
  INTERFACE;

  Message open(String gateway, int index) {
    return this == GATEWAY
        ? RouteMessage.defaultVia(Cidr.address(gateway), index)
        : RouteMessage.route(Cidr.address(everywhere(gateway)), 0, null, index, 0);
  }

  Message shut(String gateway, int index) {
    return this == GATEWAY
        ? RouteMessage.removeDefaultVia(Cidr.address(gateway), index)
        : RouteMessage.remove(Cidr.address(everywhere(gateway)), 0, null, index, 0);
  }

  private static String everywhere(String gateway) {
    return Cidr.address(gateway) instanceof Inet4Address ? "0.0.0.0" : "::";
  }
}
