package dev.felucca.net.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.kernel.network.NetworkDriver;
import dev.felucca.kernel.network.NetworkSpec;
import dev.felucca.linux.LinuxSyscalls;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.netlink.OwnNetwork;
import dev.felucca.linux.netlink.RouteSocket;
import dev.felucca.tck.network.NetworkDriverContract;
import dev.felucca.tck.network.Specs;
import dev.felucca.tck.network.TestNamespace;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(OwnNetwork.class)
class NullNetworkDriverTest extends NetworkDriverContract {
  private final Syscalls linux = LinuxSyscalls.load();

  @Override
  protected NetworkDriver create() {
    return new NullNetworkDriver(linux);
  }

  @Override
  protected Namespace namespace() throws Exception {
    return TestNamespace.create();
  }

  @Override
  protected Set<String> traces() throws IOException {
    Set<String> traces = new TreeSet<>();
    try (RouteSocket route = RouteSocket.open(linux)) {
      route.links().forEach(link -> traces.add(link.toString()));
    }
    return traces;
  }

  @Test
  void onlyLoopbackIsUp() throws Exception {
    NetworkDriver driver = create();
    NetworkSpec network = Specs.network(1, Map.of());
    try (TestNamespace container = TestNamespace.create();
        RouteSocket inside = container.route()) {
      assertFalse(inside.link("lo").orElseThrow().up());
      driver.join(network, Specs.endpoint(network, 1, 2), container.path());
      assertTrue(inside.link("lo").orElseThrow().up());
      assertEquals(1, inside.links().stream().filter(link -> link.up()).count());
      assertTrue(
          inside.addresses().stream()
              .anyMatch(address -> address.address().getHostAddress().equals("127.0.0.1")));
    }
  }
}
