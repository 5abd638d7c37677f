package dev.felucca.net.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.network.Endpoint;
import dev.felucca.kernel.network.EndpointSpec;
import dev.felucca.kernel.network.NetworkDriver;
import dev.felucca.kernel.network.NetworkSpec;
import dev.felucca.linux.LinuxSyscalls;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.netlink.LinkMessage;
import dev.felucca.linux.netlink.NetworkNamespace;
import dev.felucca.linux.netlink.OwnNetwork;
import dev.felucca.linux.netlink.RouteSocket;
import dev.felucca.linux.nftables.NftSocket;
import dev.felucca.tck.network.NetworkDriverContract;
import dev.felucca.tck.network.Specs;
import dev.felucca.tck.network.TestNamespace;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(OwnNetwork.class)
class MacvlanDriverTest extends NetworkDriverContract {
  private static final int BRIDGE_MODE = 4;

  private final Syscalls linux = LinuxSyscalls.load();

  @Override
  protected NetworkDriver create() {
    return new MacvlanDriver(linux, Owner.of(""));
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

  @Test
  void containersAreOnTheParentsOwnNetwork() throws Exception {
    MacvlanDriver driver = new MacvlanDriver(linux, Owner.of(""));
    NetworkSpec plain = Specs.network(1, Map.of("parent", "uplink"));
    try (TestNamespace outside = Outside.create(linux, "10.201.1.254", "10.201.1.1");
        TestNamespace one = TestNamespace.create();
        TestNamespace two = TestNamespace.create()) {
      driver.createNetwork(plain);
      Endpoint first = driver.join(plain, Specs.endpoint(plain, 1, 2), one.path());
      driver.join(plain, Specs.endpoint(plain, 2, 3), two.path());
      assertEquals("02:42:0a:c9:01:02", first.macAddress());
      assertEquals("10.201.1.2", Traffic.seenBy(outside, one, "10.201.1.1"));
      assertEquals("10.201.1.3", Traffic.seenBy(one, two, "10.201.1.2"));
      driver.leave(plain.id(), Specs.endpoint(plain, 1, 2).id());
      driver.leave(plain.id(), Specs.endpoint(plain, 2, 3).id());
      driver.deleteNetwork(plain.id());
      try (RouteSocket route = RouteSocket.open(linux)) {
        assertTrue(route.link("uplink").isPresent(), "the host's own interface stays");
      }
    } finally {
      driver.close();
    }
  }

  @Test
  void whatAnEarlierDriverWasMakingInsideIsTakenAwayAndNobodyElses() throws Exception {
    MacvlanDriver driver = new MacvlanDriver(linux, Owner.of(""));
    NetworkSpec spec = Specs.network(1, Map.of());
    EndpointSpec begun = Specs.endpoint(spec, 1, 2);
    try (TestNamespace place = TestNamespace.create();
        NetworkNamespace container = NetworkNamespace.open(linux, place.path());
        RouteSocket inside = container.route()) {
      // As far as a join comes before the alias.
      inside.execute(LinkMessage.create("parent").bridge().build());
      int parent = inside.link("parent").orElseThrow().index();
      inside.execute(
          LinkMessage.create(begun.interfaceName()).link(parent).macvlan(BRIDGE_MODE).build());
      driver.adopt(List.of(spec), Map.of(begun, place.path()));
      driver.leave(spec.id(), begun.id(), place.path());
      assertTrue(inside.link(begun.interfaceName()).isEmpty());
      inside.execute(
          LinkMessage.create(begun.interfaceName()).link(parent).macvlan(BRIDGE_MODE).build(),
          LinkMessage.change(begun.interfaceName()).alias("felucca/macvlan:another").build());
      driver.adopt(List.of(spec), Map.of(begun, place.path()));
      driver.leave(spec.id(), begun.id(), place.path());
      assertTrue(inside.link(begun.interfaceName()).isPresent(), "it is another's");
      driver.deleteNetwork(spec.id());
    } finally {
      driver.close();
    }
  }

  @Test
  void aParentThatIsNotThereAndAModeThatIsNoneAreRefused() {
    MacvlanDriver driver = new MacvlanDriver(linux, Owner.of(""));
    assertKind(
        EngineException.Kind.INVALID,
        () -> driver.createNetwork(Specs.network(1, Map.of("parent", "nosuch0"))));
    assertKind(
        EngineException.Kind.INVALID,
        () -> driver.createNetwork(Specs.network(1, Map.of("macvlan_mode", "fast"))));
    assertKind(
        EngineException.Kind.INVALID,
        () -> driver.createNetwork(Specs.network(1, Map.of("parent", "lo.5000"))));
    driver.close();
  }
}
