package dev.felucca.net.bridge;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import dev.felucca.linux.netlink.Link;
import dev.felucca.linux.netlink.LinkMessage;
import dev.felucca.linux.netlink.NetlinkException;
import dev.felucca.linux.netlink.RouteSocket;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;

/** The host's interfaces that containers' are on; those that were made for it are the owner's. */
record Parents(RouteSocket route, Owner owner) {
  /** The network's, made where it is ours to make; INVALID where the host has not what it takes. */
  Link ensure(ParentNetwork network) throws IOException {
    Optional<Link> found = route.link(network.parent());
    if (found.isPresent()) {
      return found.get();
    }
    try {
      route.execute(
          create(network).build(),
          LinkMessage.change(network.parent()).alias(owner.alias(network.id())).build(),
          LinkMessage.change(network.parent()).up().build());
    } catch (NetlinkException e) {
      throw new IOException("make parent interface " + network.parent() + ": " + e.getMessage(), e);
    }
    return route
        .link(network.parent())
        .orElseThrow(() -> new IOException(network.parent() + " vanished"));
  }

  private LinkMessage create(ParentNetwork network) throws IOException {
    LinkMessage create = LinkMessage.create(network.parent());
    if (network.alone()) {
      // Without a port it leads nowhere; a kernel may have no dummy interfaces.
      return create.bridge();
    }
    if (network.base().isEmpty()) {
      throw missing(network.parent());
    }
    Link base = route.link(network.base()).orElseThrow(() -> missing(network.base()));
    return create.link(base.index()).vlan(network.tag());
  }

  private static EngineException missing(String parent) {
    return new EngineException(INVALID, "parent interface " + parent + " does not exist");
  }

  /** Removes what was made for this network. */
  void remove(String networkId) throws IOException {
    for (Link link : route.links()) {
      if (owner.idOf(link).filter(networkId::equals).isPresent()) {
        route.deleteLink(link.name());
      }
    }
  }

  /** Removes what was made for any network but these. */
  void sweep(Set<String> networkIds) throws IOException {
    for (Link link : route.links()) {
      Optional<String> id = owner.idOf(link);
      if (id.isPresent() && !networkIds.contains(id.get())) {
        route.deleteLink(link.name());
      }
    }
  }
}
