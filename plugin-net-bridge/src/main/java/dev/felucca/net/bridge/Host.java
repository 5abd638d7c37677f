package dev.felucca.net.bridge;

import dev.felucca.linux.Syscalls;
import dev.felucca.linux.netlink.Link;
import dev.felucca.linux.netlink.RouteSocket;
import dev.felucca.linux.nftables.NftSocket;
import java.io.IOException;
import java.util.Collection;
import java.util.Optional;

/** The two sockets into the host's network namespace, and what is done through both. */
record Host(
    RouteSocket route, NftSocket nft, Deletions deletions, Bridges bridges, Firewall firewall)
    implements AutoCloseable {
  static Host open(Syscalls linux, Owner owner) throws IOException {
    RouteSocket route = RouteSocket.open(linux);
    try {
      NftSocket nft = NftSocket.open(linux);
      try {
        return new Host(
            route,
            nft,
            Deletions.open(linux, route),
            new Bridges(route, owner),
            new Firewall(owner.table()));
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
  void remove(BridgeNetwork network, Collection<BridgeNetwork> left) throws IOException {
    bridges.remove(network);
    nft.commit(left.isEmpty() ? firewall.none() : firewall.whole(left));
  }

  /** As {@link #remove}, after a failure that is what the caller sees. */
  void undo(BridgeNetwork network, Collection<BridgeNetwork> left, Throwable first) {
    try {
      remove(network, left);
    } catch (IOException e) {
      first.addSuppressed(e);
    }
  }

  @Override
  public void close() {
    deletions.close();
    route.close();
    nft.close();
  }
}
