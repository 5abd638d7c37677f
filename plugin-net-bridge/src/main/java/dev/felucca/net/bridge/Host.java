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
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The sockets into the host's network namespace, and what is done through several of them: to have
 * there what the {@link Inventory} says.
 *
 * @param forward whether forwarding is switched on for networks that lead out
 */
record Host(
    RouteSocket route,
    NftSocket nft,
    ConntrackSocket flows,
    Deletions deletions,
    PortReservations ports,
    Bridges bridges,
    Firewall firewall,
    RouteChanges changes,
    boolean forward)
    implements AutoCloseable {
  private static final int UDP = 17;

  static Host open(Syscalls linux, Owner owner, List<Cidr> publishedFrom, boolean forward)
      throws IOException {
    Deque<Runnable> opened = new ArrayDeque<>();
    try {
      RouteSocket route = RouteSocket.open(linux);
      opened.push(route::close);
      NftSocket nft = NftSocket.open(linux);
      opened.push(nft::close);
      ConntrackSocket flows = ConntrackSocket.open(linux);
      opened.push(flows::close);
      Deletions deletions = Deletions.open(linux, route);
      opened.push(deletions::close);
      RouteChanges changes = RouteChanges.open(linux);
      return new Host(
          route,
          nft,
          flows,
          deletions,
          new PortReservations(linux, new Relay(linux, publishedFrom)),
          new Bridges(route, owner),
          new Firewall(owner.table(), publishedFrom),
          changes,
          forward);
    } catch (IOException | RuntimeException e) {
      opened.forEach(Runnable::run);
      throw e;
    }
  }

  /** Whether a container can be wired to this network as things are. */
  boolean intact(BridgeNetwork network, Inventory wanted) throws IOException {
    Optional<Link> bridge = route.link(network.bridge());
    return bridge.isPresent() && bridge.get().up() && hasTable(wanted);
  }

  boolean hasTable(Inventory wanted) throws IOException {
    return firewall.intact(nft, wanted.networks());
  }

  /** Makes the table, whatever there was of it; without networks there is none. */
  void makeTable(Inventory wanted) throws IOException {
    nft.commit(
        wanted.networks().isEmpty()
            ? firewall.none()
            : firewall.whole(wanted.networks(), wanted.endpoints()));
  }

  /** Chains of other tables that drop what they do not accept, of containers too. */
  List<String> droppingForwardChains() throws IOException {
    return nft.droppingForwardChains(firewall.table());
  }

  /** Makes, or puts right, the network's bridge and what its containers need of the host. */
  void ensureBridge(BridgeNetwork network, Inventory wanted) throws IOException {
    if (forward && !network.internal()) {
      Forwarding.on(network.ipv6());
    }
    Link bridge = bridges.ensure(network);
    bridges.address(network, bridge);
    List<EndpointSpec> ours = wanted.endpointsOf(network.id());
    bridges.reattach(network, bridge, ours.stream().map(EndpointSpec::id).toList());
    if (firewall.lets(network.id())) {
      Forwarding.throughHost(network.bridge());
    }
    if (ours.stream().anyMatch(endpoint -> !endpoint.ports().isEmpty())) {
      Forwarding.fromLoopback(network.bridge());
    }
  }

  /** Takes away a network that is not wanted any more. The last takes the table with it. */
  void remove(BridgeNetwork network, Inventory wanted) throws IOException {
    bridges.remove(network);
    makeTable(wanted);
  }

  /** As {@link #remove}, after a failure that is what the caller sees. */
  void undo(BridgeNetwork network, Inventory wanted, Throwable first) {
    try {
      remove(network, wanted);
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
  void allow(BridgeNetwork network, List<Flow> flows, Inventory wanted) throws IOException {
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
      makeTable(wanted);
    }
  }

  /** Leads other ports to an endpoint than before; when one is taken nothing has changed. */
  void republish(BridgeNetwork network, EndpointSpec before, EndpointSpec now, Inventory wanted)
      throws IOException {
    List<PortBinding> added =
        now.ports().stream().filter(port -> !before.ports().contains(port)).toList();
    List<PortBinding> removed =
        before.ports().stream().filter(port -> !now.ports().contains(port)).toList();
    if (!removed.isEmpty()) {
      unpublish(before.withPorts(removed), wanted);
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

  /** Takes the endpoint's ports back; a table that is damaged is made anew as it is to be. */
  void unpublish(EndpointSpec endpoint, Inventory wanted) throws IOException {
    if (endpoint.ports().isEmpty()) {
      return;
    }
    try {
      nft.commit(firewall.unpublish(endpoint));
    } catch (NetlinkException e) {
      if (e.errno() != Errno.ENOENT) {
        throw e;
      }
      makeTable(wanted);
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
