package dev.felucca.net.bridge;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.network.Cidr;
import dev.felucca.kernel.network.EndpointSpec;
import dev.felucca.kernel.network.Flow;
import dev.felucca.kernel.network.PortBinding;
import dev.felucca.linux.Errno;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.netlink.ConntrackSocket;
import dev.felucca.linux.netlink.Link;
import dev.felucca.linux.netlink.NetlinkException;
import dev.felucca.linux.netlink.RouteChanges;
import dev.felucca.linux.netlink.RouteSocket;
import dev.felucca.linux.nftables.NftSocket;
import dev.felucca.linux.nftables.Transaction;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The two sockets into the host's network namespace, and what is done through both. */
record Host(
    RouteSocket route,
    NftSocket nft,
    ConntrackSocket flows,
    Deletions deletions,
    PortReservations ports,
    Bridges bridges,
    Firewall firewall,
    RouteChanges changes)
    implements AutoCloseable {
  private static final int UDP = 17;

  static Host open(Syscalls linux, Owner owner, List<Cidr> publishedFrom) throws IOException {
    RouteSocket route = RouteSocket.open(linux);
    try {
      NftSocket nft = NftSocket.open(linux);
      try {
        return new Host(
            route,
            nft,
            ConntrackSocket.open(linux),
            Deletions.open(linux, route),
            new PortReservations(linux, new Relay(linux, publishedFrom)),
            new Bridges(route, owner),
            new Firewall(owner.table(), publishedFrom),
            RouteChanges.open(linux));
      } catch (IOException | RuntimeException e) {
        nft.close();
        throw e;
      }
    } catch (IOException | RuntimeException e) {
      route.close();
      throw e;
    }
  }

  /** Whether a container can be wired to this network as things are. */
  boolean intact(BridgeNetwork network, Collection<BridgeNetwork> all) throws IOException {
    Optional<Link> bridge = route.link(network.bridge());
    return bridge.isPresent() && bridge.get().up() && firewall.intact(nft, all);
  }

  /**
   * Takes the network away; {@code left} are the ones that stay. The last takes the table with it.
   */
  void remove(
      BridgeNetwork network, Collection<BridgeNetwork> left, Collection<EndpointSpec> endpoints)
      throws IOException {
    bridges.remove(network);
    nft.commit(left.isEmpty() ? firewall.none() : firewall.whole(left, endpoints));
  }

  /** As {@link #remove}, after a failure that is what the caller sees. */
  void undo(
      BridgeNetwork network,
      Collection<BridgeNetwork> left,
      Collection<EndpointSpec> endpoints,
      Throwable first) {
    try {
      remove(network, left, endpoints);
    } catch (IOException e) {
      first.addSuppressed(e);
    }
  }

  /**
   * Leads the endpoint's ports to it; a port that is taken is CONFLICT and nothing is published.
   */
  void publish(BridgeNetwork network, EndpointSpec endpoint) throws IOException {
    if (endpoint.ports().isEmpty()) {
      return;
    }
    ports.reserve(endpoint);
    try {
      Forwarding.fromLoopback(network.bridge());
      nft.commit(firewall.publish(endpoint));
      forgetFlows(endpoint);
    } catch (NetlinkException e) {
      ports.release(endpoint.id(), endpoint.ports());
      if (e.errno() == Errno.EEXIST || e.errno() == Errno.EBUSY) {
        throw new EngineException(
            CONFLICT, "a port of " + endpoint.ports() + " is already published", e);
      }
      throw e;
    } catch (IOException | RuntimeException e) {
      ports.release(endpoint.id(), endpoint.ports());
      throw e;
    }
  }

  /** Lets these flows and no others pass between containers of a network that keeps them apart. */
  void allow(
      BridgeNetwork network,
      List<Flow> flows,
      Collection<BridgeNetwork> all,
      Collection<EndpointSpec> endpoints)
      throws IOException {
    if (!flows.isEmpty()) {
      Forwarding.throughHost(network.bridge());
    }
    Transaction change = firewall.allow(network.id(), flows);
    try {
      if (!change.messages().isEmpty()) {
        nft.commit(change);
      }
    } catch (NetlinkException e) {
      if (e.errno() != Errno.ENOENT) {
        throw e;
      }
      nft.commit(firewall.whole(all, endpoints));
    }
  }

  /** Leads other ports to an endpoint than before; when one is taken nothing has changed. */
  void republish(
      BridgeNetwork network,
      EndpointSpec before,
      EndpointSpec now,
      Collection<BridgeNetwork> all,
      Collection<EndpointSpec> endpoints)
      throws IOException {
    List<PortBinding> added =
        now.ports().stream().filter(port -> !before.ports().contains(port)).toList();
    List<PortBinding> removed =
        before.ports().stream().filter(port -> !now.ports().contains(port)).toList();
    if (!removed.isEmpty()) {
      unpublish(before.withPorts(removed), all, endpoints);
    }
    try {
      publish(network, now.withPorts(added));
    } catch (IOException | RuntimeException e) {
      try {
        publish(network, before.withPorts(removed));
      } catch (IOException | RuntimeException undo) {
        e.addSuppressed(undo);
      }
      throw e;
    }
  }

  /**
   * Takes the endpoint's ports back; {@code endpoints} are the others, should the table be damaged.
   */
  void unpublish(
      EndpointSpec endpoint, Collection<BridgeNetwork> all, Collection<EndpointSpec> endpoints)
      throws IOException {
    if (endpoint.ports().isEmpty()) {
      return;
    }
    try {
      nft.commit(firewall.unpublish(endpoint));
    } catch (NetlinkException e) {
      if (e.errno() != Errno.ENOENT) {
        throw e;
      }
      nft.commit(firewall.whole(all, endpoints));
    }
    ports.release(endpoint.id(), endpoint.ports());
    forgetFlows(endpoint);
  }

  /**
   * Who sends to a UDP port without a pause is one flow that keeps the way it had: to a container
   * that is gone, or to nobody before this one came.
   */
  private void forgetFlows(EndpointSpec endpoint) throws IOException {
    Set<Integer> udp =
        endpoint.ports().stream()
            .filter(port -> port.protocol().equals("udp"))
            .map(PortBinding::hostPort)
            .collect(Collectors.toSet());
    if (!udp.isEmpty()) {
      flows.forget(UDP, udp);
    }
  }

  @Override
  public void close() {
    changes.close();
    flows.close();
    deletions.close();
    ports.close();
    route.close();
    nft.close();
  }
}
