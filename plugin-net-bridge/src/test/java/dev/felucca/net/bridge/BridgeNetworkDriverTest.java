package dev.felucca.net.bridge;

import dev.felucca.kernel.network.NetworkDriver;
import dev.felucca.linux.LinuxSyscalls;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.netlink.OwnNetwork;
import dev.felucca.linux.netlink.RouteSocket;
import dev.felucca.linux.nftables.NftSocket;
import dev.felucca.tck.network.NetworkDriverContract;
import dev.felucca.tck.network.TestNamespace;
import java.io.IOException;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(OwnNetwork.class)
class BridgeNetworkDriverTest extends NetworkDriverContract {
  private final Syscalls linux = LinuxSyscalls.load();

  @Override
  protected NetworkDriver create() {
    return new BridgeNetworkDriver(linux, Owner.of(""), "felucca0", true);
  }

  @Override
  protected Namespace namespace() throws Exception {
    return TestNamespace.create();
  }

  @Override
  protected Set<String> traces() throws IOException {
    Set<String> traces = new TreeSet<>();
    try (RouteSocket route = RouteSocket.open(linux);
        NftSocket nft = NftSocket.open(linux)) {
      route.links().forEach(link -> traces.add(link.name() + " of " + link.master()));
      nft.tables().forEach(table -> traces.add(table.toString()));
    }
    return traces;
  }
}
