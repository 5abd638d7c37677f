package dev.felucca.net.bridge;

import dev.felucca.kernel.network.Cidr;
import dev.felucca.kernel.network.NetworkSpec;
import dev.felucca.kernel.network.Subnet;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.netlink.LinkMessage;
import dev.felucca.linux.netlink.NetlinkSocket;
import dev.felucca.linux.netlink.NetworkNamespace;
import dev.felucca.linux.netlink.RouteSocket;
import dev.felucca.linux.nftables.NftSocket;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Tries everything the driver needs of the kernel, in a network namespace that ends with the
 * attempt.
 */
final class Probe {
  private Probe() {}

  /** What is missing, in words, or empty. */
  static Optional<String> missing(Syscalls linux) {
    try {
      List<NetlinkSocket> sockets =
          NetworkNamespace.scratch(linux, NetlinkSocket.ROUTE, NetlinkSocket.NETFILTER);
      try (RouteSocket route = new RouteSocket(sockets.get(0));
          NftSocket nft = new NftSocket(sockets.get(1))) {
        return attempt(
                "bridges (CONFIG_BRIDGE)",
                () -> route.execute(LinkMessage.create("probe").bridge().build()))
            .or(
                () ->
                    attempt(
                        "veth pairs (CONFIG_VETH)",
                        () ->
                            route.execute(
                                LinkMessage.create("probe0")
                                    .master(route.link("probe").orElseThrow().index())
                                    .veth(LinkMessage.create("probe1"))
                                    .build())))
            .or(
                () ->
                    attempt(
                        "nftables with NAT (CONFIG_NF_TABLES_INET, CONFIG_NFT_MASQ, CONFIG_NFT_CT, CONFIG_NFT_FIB_INET)",
                        () ->
                            nft.commit(
                                new Firewall(new Owner("felucca").table())
                                    .whole(List.of(sample()), List.of()))));
      }
    } catch (IOException e) {
      return Optional.of("cannot make network namespaces: " + e.getMessage());
    }
  }

  private interface Attempt {
    void run() throws IOException;
  }

  private static Optional<String> attempt(String part, Attempt attempt) {
    try {
      attempt.run();
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of("the kernel does not do " + part + ": " + e.getMessage());
    }
  }

  private static BridgeNetwork sample() {
    Subnet subnet = new Subnet(Cidr.parse("192.0.2.0/24"), "192.0.2.1");
    return BridgeNetwork.of(
        new NetworkSpec("0".repeat(64), "bridge", List.of(subnet), true, false, Map.of()), "probe");
  }
}
