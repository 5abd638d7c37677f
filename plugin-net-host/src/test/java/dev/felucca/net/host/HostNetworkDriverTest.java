package dev.felucca.net.host;

import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.felucca.kernel.network.NetworkDriver;
import dev.felucca.linux.LinuxSyscalls;
import dev.felucca.linux.netlink.OwnNetwork;
import dev.felucca.linux.netlink.RouteSocket;
import dev.felucca.tck.network.NetworkDriverContract;
import dev.felucca.tck.network.TestNamespace;
import java.io.IOException;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(OwnNetwork.class)
class HostNetworkDriverTest extends NetworkDriverContract {
  @Override
  protected NetworkDriver create() {
    return new HostNetworkDriver();
  }

  @Override
  protected Namespace namespace() throws Exception {
    return TestNamespace.create();
  }

  @Override
  protected Set<String> traces() throws IOException {
    Set<String> traces = new TreeSet<>();
    try (RouteSocket route = RouteSocket.open(LinuxSyscalls.load())) {
      route.links().forEach(link -> traces.add(link.toString()));
    }
    return traces;
  }

  @Test
  void itGivesNoNamespace() {
    assertFalse(create().isolated());
  }
}
