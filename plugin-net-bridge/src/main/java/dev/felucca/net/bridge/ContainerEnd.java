package dev.felucca.net.bridge;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.network.Cidr;
import dev.felucca.kernel.network.EndpointSpec;
import dev.felucca.linux.Errno;
import dev.felucca.linux.netlink.AddressMessage;
import dev.felucca.linux.netlink.Link;
import dev.felucca.linux.netlink.LinkMessage;
import dev.felucca.linux.netlink.Message;
import dev.felucca.linux.netlink.NetlinkException;
import dev.felucca.linux.netlink.RouteSocket;
import java.io.IOException;
import java.net.Inet6Address;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** An endpoint's interface within the container's namespace: what it is given there. */
record ContainerEnd(EndpointSpec endpoint, WayOut way) {
  private static final int LOOPBACK = 1;

  /** As it is now; it must be there. */
  Link link(RouteSocket inside) throws IOException {
    return inside
        .link(endpoint.interfaceName())
        .orElseThrow(() -> new IOException(endpoint.interfaceName() + " vanished"));
  }

  /** Brings it up with its addresses and routes: pure, to be sent within the container. */
  List<Message> bringUp(int index) {
    List<Message> messages = new ArrayList<>();
    messages.add(LinkMessage.change(LOOPBACK).up().build());
    List<Cidr> addresses =
        Stream.concat(endpoint.addresses().stream(), endpoint.linkLocal().stream()).toList();
    if (addresses.stream().noneMatch(cidr -> cidr.address() instanceof Inet6Address)) {
      messages.add(LinkMessage.change(index).noLinkLocalAddress().build());
    }
    messages.add(LinkMessage.change(index).up().build());
    for (Cidr cidr : addresses) {
      messages.add(AddressMessage.add(index, cidr.address(), cidr.prefix()));
    }
    if (way != WayOut.NONE) {
      endpoint.gateways().forEach(gateway -> messages.add(way.open(gateway, index)));
    }
    return messages;
  }

  /** Changes the gateways {@code before} to the endpoint's. */
  void reroute(RouteSocket inside, List<String> before) throws IOException {
    int index = link(inside).index();
    for (String gateway : before) {
      if (!endpoint.gateways().contains(gateway)) {
        inside.executeUnless(Errno.ESRCH, way.shut(gateway, index));
      }
    }
    for (String gateway : endpoint.gateways()) {
      if (!before.contains(gateway)) {
        inside.execute(way.open(gateway, index));
      }
    }
  }

  /** The refusal of a container that has an interface of this name already. */
  EngineException taken(NetlinkException cause) {
    return new EngineException(
        CONFLICT,
        "container "
            + endpoint.container().shortForm()
            + " has an interface "
            + endpoint.interfaceName(),
        cause);
  }
}
