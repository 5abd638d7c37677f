package dev.felucca.net.bridge;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;

import dev.felucca.kernel.EngineException;
import dev.felucca.linux.Errno;
import dev.felucca.linux.netlink.Link;
import dev.felucca.linux.netlink.LinkMessage;
import dev.felucca.linux.netlink.Message;
import dev.felucca.linux.netlink.Route;
import dev.felucca.linux.netlink.RouteSocket;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The bridges and ports of this engine on the host. */
final class Bridges {
  private static final Logger LOG = LoggerFactory.getLogger(Bridges.class);
  private static final int USUAL_MTU = 1500;
  private static final int SMALLEST_IPV6_MTU = 1280;

  private final RouteSocket route;
  private final Owner owner;
  private final Wiring wiring;

  Bridges(RouteSocket route, Owner owner) {
    this.route = route;
    this.owner = owner;
    this.wiring = new Wiring(owner);
  }

  /**
   * The bridge, made or put right where needed; an interface of that name which is not this
   * network's is CONFLICT.
   */
  Link ensure(BridgeNetwork network) throws IOException {
    Optional<Link> found = route.link(network.bridge());
    if (found.isPresent() && isGood(network, found.get())) {
      return found.get();
    }
    if (found.isPresent() && !isOurs(network, found.get())) {
      throw new EngineException(
          CONFLICT,
          "interface " + network.bridge() + " exists and is not of network " + network.id());
    }
    if (found.isEmpty()) {
      try {
        // In one call: the kernel works off all of its messages before a signal ends us, so that no
        // bridge is ever without the alias that a sweep knows it by.
        route.execute(wiring.bridge(network, mtu(network)));
      } catch (IOException | RuntimeException e) {
        delete(network.bridge(), e);
        throw e;
      }
    } else {
      route.execute(LinkMessage.change(network.bridge()).up().build());
    }
    Link bridge = get(network);
    address(network, bridge);
    return bridge;
  }

  /** The bridge as it is. */
  Link get(BridgeNetwork network) throws IOException {
    return route
        .link(network.bridge())
        .orElseThrow(() -> new IOException("bridge " + network.bridge() + " vanished"));
  }

  /**
   * Gives the bridge the addresses it lacks.
   *
   * @return whether it lacked any
   */
  boolean address(BridgeNetwork network, Link bridge) throws IOException {
    boolean lacked = false;
    for (Message message : wiring.bridgeAddresses(network, bridge.index())) {
      lacked |= route.executeUnless(Errno.EEXIST, message);
    }
    return lacked;
  }

  void remove(BridgeNetwork network) throws IOException {
    Optional<Link> found = route.link(network.bridge());
    if (found.isPresent() && isOurs(network, found.get())) {
      route.deleteLink(network.bridge());
    }
  }

  /** Removes whatever there is of a network that is known by its id only. */
  void sweepOne(String networkId) throws IOException {
    for (Link link : route.links()) {
      if (owner.idOf(link).filter(networkId::equals).isPresent()) {
        route.deleteLink(link.name());
      }
    }
  }

  /** Removes the interfaces of this engine whose id is not among those to keep. */
  void sweep(Set<String> networks, Set<String> endpoints) throws IOException {
    List<Link> links = route.links();
    Set<Integer> ours =
        links.stream()
            .filter(link -> owner.idOf(link).isPresent())
            .map(Link::index)
            .collect(Collectors.toSet());
    Set<String> ports = endpoints.stream().map(Owner::portName).collect(Collectors.toSet());
    for (Link link : links) {
      Optional<String> id = owner.idOf(link);
      if (id.isPresent() && !networks.contains(id.get()) && !endpoints.contains(id.get())) {
        LOG.info("removing interface {} of {}, which is gone", link.name(), id.get());
        route.deleteLink(link.name());
      } else if (ours.contains(link.master()) && unmarked(link) && !ports.contains(link.name())) {
        LOG.info("removing interface {}, which an engine that ended was making", link.name());
        route.deleteLink(link.name());
      }
    }
  }

  /** A pair is a port of its bridge from the first, but gets its alias by a message of its own. */
  private static boolean unmarked(Link link) {
    return link.alias().isEmpty() && link.kind().equals("veth") && Owner.isPortName(link.name());
  }

  /** Makes every port of the endpoints a port of the bridge again. */
  void reattach(BridgeNetwork network, Link bridge, Collection<String> endpoints)
      throws IOException {
    if (endpoints.isEmpty()) {
      return;
    }
    Set<String> ports = endpoints.stream().map(Owner::portName).collect(Collectors.toSet());
    for (Link link : route.links()) {
      if (ports.contains(link.name()) && link.master() != bridge.index()) {
        attach(network, bridge, link);
      }
    }
  }

  /** Makes the interface a port of the bridge as the network's are. */
  void attach(BridgeNetwork network, Link bridge, Link port) throws IOException {
    route.execute(LinkMessage.change(port.index()).master(bridge.index()).up().build());
    if (!network.icc()) {
      // A port that leaves its bridge loses this.
      route.execute(LinkMessage.change(port.name()).isolatedPort(true).build());
    }
  }

  /**
   * The one asked for, else that of the host's way out: larger packets would be lost where ICMP is.
   */
  int mtu(BridgeNetwork network) throws IOException {
    if (network.mtu() != 0) {
      return network.mtu();
    }
    Set<Integer> ways =
        route.routes().stream()
            .filter(way -> way.destination() == null)
            .map(Route::index)
            .collect(Collectors.toSet());
    return route.links().stream()
        .filter(link -> ways.contains(link.index()) && link.mtu() >= SMALLEST_IPV6_MTU)
        .mapToInt(Link::mtu)
        .reduce(USUAL_MTU, Math::min);
  }

  private void delete(String name, Throwable first) {
    try {
      route.deleteLink(name);
    } catch (IOException e) {
      first.addSuppressed(e);
    }
  }

  private boolean isGood(BridgeNetwork network, Link link) {
    return link.up() && isOurs(network, link);
  }

  private boolean isOurs(BridgeNetwork network, Link link) {
    return link.kind().equals("bridge")
        && owner.idOf(link).filter(network.id()::equals).isPresent();
  }
}
