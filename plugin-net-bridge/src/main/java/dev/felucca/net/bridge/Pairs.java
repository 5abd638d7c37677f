package dev.felucca.net.bridge;

import dev.felucca.kernel.network.Cidr;
import dev.felucca.kernel.network.EndpointSpec;
import dev.felucca.linux.Errno;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.netlink.Address;
import dev.felucca.linux.netlink.AddressMessage;
import dev.felucca.linux.netlink.Link;
import dev.felucca.linux.netlink.LinkMessage;
import dev.felucca.linux.netlink.MacAddress;
import dev.felucca.linux.netlink.Message;
import dev.felucca.linux.netlink.NetlinkException;
import dev.felucca.linux.netlink.NetworkNamespace;
import dev.felucca.linux.netlink.Route;
import dev.felucca.linux.netlink.RouteChanges;
import dev.felucca.linux.netlink.RouteSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The veth pairs of containers: made when a container joins, and made again, or put right inside,
 * when somebody took something away. A container's namespace is held until it leaves, so that what
 * is put right there is never another's that got the number of an ended process.
 */
final class Pairs {
  private static final Logger LOG = LoggerFactory.getLogger(Pairs.class);

  private final Syscalls linux;
  private final Wiring wiring;
  private final Map<String, NetworkNamespace> places = new ConcurrentHashMap<>();

  /** By endpoint; only of those that are tended, and from the first look on. */
  private final Map<String, RouteChanges> changes = new ConcurrentHashMap<>();

  Pairs(Syscalls linux, Wiring wiring) {
    this.linux = linux;
    this.wiring = wiring;
  }

  /** Makes the pair and all that belongs to it inside; nothing is left when that fails. */
  void make(Host host, BridgeNetwork network, EndpointSpec endpoint, NetworkNamespace container)
      throws IOException {
    RouteSocket route = host.route();
    ContainerEnd end = new ContainerEnd(endpoint, network.wayOut());
    MacAddress mac = Macs.chosen(endpoint.macAddress(), endpoint.id(), endpoint.addresses());
    Link bridge = host.bridges().get(network);
    List<Message> messages =
        wiring.host(network, endpoint, mac, bridge.mtu(), bridge.index(), container.fd());
    // The first message alone: if it is refused, the others would be about somebody else's
    // interface.
    if (!route.executeUnless(Errno.EEXIST, messages.get(0))) {
      route.deleteLink(Owner.portName(endpoint.id()));
      makePair(route, end, messages.get(0));
    }
    try (RouteSocket inside = container.route()) {
      route.execute(messages.subList(1, messages.size()));
      Link link = end.link(inside);
      container.sysctls(EndpointSysctls.of(endpoint));
      inside.execute(end.bringUp(link.index()));
    } catch (IOException | RuntimeException e) {
      unmake(host, endpoint, e);
      throw e;
    }
  }

  /** Takes the pair away after a failure, which is what the caller sees. */
  void unmake(Host host, EndpointSpec endpoint, Exception first) {
    try {
      host.route().deleteLink(Owner.portName(endpoint.id()));
    } catch (IOException undo) {
      first.addSuppressed(undo);
    }
  }

  private static void makePair(RouteSocket route, ContainerEnd end, Message message)
      throws IOException {
    try {
      route.execute(message);
    } catch (NetlinkException e) {
      if (e.errno() == Errno.EEXIST) {
        throw end.taken(e);
      }
      throw e;
    }
  }

  /** From here on it is looked after; takes the namespace over. */
  void keep(String endpointId, NetworkNamespace container) {
    close(places.put(endpointId, container), changes.remove(endpointId));
  }

  /** As {@link #keep}, of a container from before this driver; one that is gone is passed over. */
  void keep(String endpointId, String namespace) {
    try {
      // Its first process may have ended just now, and another of the host have its number.
      if (!inode(namespace).equals(inode("/proc/self/ns/net"))) {
        keep(endpointId, NetworkNamespace.open(linux, namespace));
      }
    } catch (IOException e) {
      LOG.debug("namespace of endpoint {}: {}", endpointId, e.getMessage());
    }
  }

  private static Object inode(String path) throws IOException {
    return Files.getAttribute(Path.of(path), "unix:ino");
  }

  void forget(String endpointId) {
    close(places.remove(endpointId), changes.remove(endpointId));
  }

  void forgetAll() {
    List.copyOf(places.keySet()).forEach(this::forget);
  }

  private static void close(@Nullable NetworkNamespace place, @Nullable RouteChanges heard) {
    if (place != null) {
      place.close();
    }
    if (heard != null) {
      heard.close();
    }
  }

  /**
   * Puts right what is on the host of it.
   *
   * @param port as it is now; null where it is gone
   */
  void putRight(
      Host host, BridgeNetwork network, EndpointSpec endpoint, Link bridge, @Nullable Link port)
      throws IOException {
    NetworkNamespace container = places.get(endpoint.id());
    if (port == null) {
      if (container != null) {
        LOG.warn(
            "interface {} of container {} was gone: it is made again",
            endpoint.interfaceName(),
            endpoint.container().shortForm());
        make(host, network, endpoint, container);
      }
      return;
    }
    boolean good =
        port.master() == bridge.index() && port.up() && (network.icc() || port.isolatedPort());
    if (!good) {
      LOG.warn(
          "port {} of container {} was changed: it is put right",
          port.name(),
          endpoint.container().shortForm());
      host.bridges().attach(network, bridge, port);
    }
  }

  /**
   * Gives a tended container an address or default route that it has not any more. Only what is
   * missing is filled in: where somebody has put another in its place, that stays.
   */
  void tend(BridgeNetwork network, EndpointSpec endpoint) throws IOException {
    NetworkNamespace container = places.get(endpoint.id());
    if (container == null || !endpoint.tended()) {
      return;
    }
    RouteChanges known = changes.get(endpoint.id());
    if (known == null) {
      changes.put(endpoint.id(), container.changes());
    } else if (!known.heard()) {
      return;
    }
    try (RouteSocket inside = container.route()) {
      Link link = inside.link(endpoint.interfaceName()).orElse(null);
      if (link != null) {
        fillIn(inside, network, endpoint, link);
      }
    }
  }

  private static void fillIn(
      RouteSocket inside, BridgeNetwork network, EndpointSpec endpoint, Link link)
      throws IOException {
    if (!link.up()) {
      tell(endpoint, "was down");
      inside.execute(LinkMessage.change(link.index()).up().build());
    }
    List<Address> has =
        inside.addresses().stream().filter(one -> one.index() == link.index()).toList();
    for (Cidr cidr : endpoint.addresses()) {
      InetAddress address = cidr.address();
      if (has.stream().noneMatch(one -> !one.linkLocal() && sameFamily(one.address(), address))) {
        tell(endpoint, "had lost " + Cidr.text(address));
        inside.executeUnless(
            Errno.EEXIST, AddressMessage.add(link.index(), address, cidr.prefix()));
      }
    }
    if (network.wayOut() == WayOut.NONE) {
      return;
    }
    for (String gateway : endpoint.gateways()) {
      InetAddress address = Cidr.address(gateway);
      // Read after the addresses are there: with the last of them its routes are gone, too.
      boolean leads =
          inside.routes().stream()
              .filter(Pairs::isDefault)
              .anyMatch(route -> sameFamily(route, address));
      if (!leads) {
        tell(endpoint, "had lost its default route by " + gateway);
        inside.execute(network.wayOut().open(gateway, link.index()));
      }
    }
  }

  private static void tell(EndpointSpec endpoint, String what) {
    LOG.warn(
        "interface {} of container {} {}: it is put right",
        endpoint.interfaceName(),
        endpoint.container().shortForm(),
        what);
  }

  private static boolean isDefault(Route route) {
    return route.destination() == null && route.prefix() == 0;
  }

  private static boolean sameFamily(InetAddress one, InetAddress other) {
    return one.getAddress().length == other.getAddress().length;
  }

  /** One without a gateway, as into a tunnel, may be of either. */
  private static boolean sameFamily(Route route, InetAddress other) {
    InetAddress gateway = route.gateway();
    return gateway == null || sameFamily(gateway, other);
  }
}
