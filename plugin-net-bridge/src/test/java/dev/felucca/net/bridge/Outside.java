package dev.felucca.net.bridge;

import dev.felucca.linux.Syscalls;
import dev.felucca.linux.netlink.AddressMessage;
import dev.felucca.linux.netlink.LinkMessage;
import dev.felucca.linux.netlink.RouteSocket;
import dev.felucca.tck.network.TestNamespace;
import java.net.InetAddress;

/** Another host beside ours, that knows nothing of our containers. */
final class Outside {
  private Outside() {}

  static TestNamespace create(Syscalls linux, String host, String other) throws Exception {
    TestNamespace outside = TestNamespace.create();
    try (RouteSocket route = RouteSocket.open(linux);
        RouteSocket inside = outside.route()) {
      String name = route.link("uplink").isPresent() ? "uplink2" : "uplink";
      route.execute(
          LinkMessage.create(name)
              .veth(LinkMessage.create("eth0").namespace(outside.fd()))
              .build());
      int uplink = route.link(name).orElseThrow().index();
      int eth0 = inside.link("eth0").orElseThrow().index();
      route.execute(
          LinkMessage.change("lo").up().build(),
          LinkMessage.change(uplink).up().build(),
          AddressMessage.add(uplink, InetAddress.getByName(host), 24));
      inside.execute(
          LinkMessage.change(eth0).up().build(),
          AddressMessage.add(eth0, InetAddress.getByName(other), 24));
    }
    return outside;
  }
}
