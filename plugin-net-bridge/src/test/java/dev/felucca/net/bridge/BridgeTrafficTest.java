package dev.felucca.net.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.network.EndpointSpec;
import dev.felucca.kernel.network.NetworkSpec;
import dev.felucca.linux.LinuxSyscalls;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.netlink.Link;
import dev.felucca.linux.netlink.LinkMessage;
import dev.felucca.linux.netlink.OwnNetwork;
import dev.felucca.linux.netlink.RouteMessage;
import dev.felucca.linux.netlink.RouteSocket;
import dev.felucca.linux.nftables.NftSocket;
import dev.felucca.linux.nftables.Transaction;
import dev.felucca.tck.network.Specs;
import dev.felucca.tck.network.TestNamespace;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Containers, the engine's host and another host, all network namespaces, with real connections
 * between them.
 */
@ExtendWith(OwnNetwork.class)
class BridgeTrafficTest {
  private static final String HOST = "192.0.2.1";
  private static final String OUTSIDE = "192.0.2.2";

  private final Syscalls linux = LinuxSyscalls.load();
  private final BridgeNetworkDriver driver =
      new BridgeNetworkDriver(linux, Owner.of(""), "felucca0", true);
  private final List<TestNamespace> namespaces = new ArrayList<>();
  private final NetworkSpec network = Specs.network(1, Map.of());

  private interface Body {
    void run() throws Exception;
  }

  @Test
  void whatLeavesTheHostCarriesItsAddress() throws Exception {
    run(
        () -> {
          driver.createNetwork(network);
          TestNamespace container = join(network, 1, 2);
          assertEquals(HOST, Traffic.seenBy(outside(), container, OUTSIDE));
          assertEquals("1", Files.readString(Path.of("/proc/sys/net/ipv4/ip_forward")).strip());
        });
  }

  @Test
  void withoutMasqueradeNothingComesBack() throws Exception {
    run(
        () -> {
          NetworkSpec plain = Specs.network(1, Map.of(BridgeNetwork.MASQUERADE, "false"));
          driver.createNetwork(plain);
          TestNamespace container = join(plain, 1, 2);
          outside();
          assertFalse(Traffic.reaches(container, OUTSIDE, false));
        });
  }

  @Test
  void containersOfANetworkSeeEachOtherAsTheyAre() throws Exception {
    run(
        () -> {
          driver.createNetwork(network);
          TestNamespace one = join(network, 1, 2);
          TestNamespace two = join(network, 2, 3);
          assertEquals("10.201.1.2", Traffic.seenBy(two, one, "10.201.1.3"));
          assertTrue(Traffic.reaches(one, "10.201.1.1", true));
        });
  }

  @Test
  void withoutIccContainersReachTheOutsideOnly() throws Exception {
    run(
        () -> {
          NetworkSpec apart = Specs.network(1, Map.of(BridgeNetwork.ICC, "false"));
          driver.createNetwork(apart);
          TestNamespace one = join(apart, 1, 2);
          join(apart, 2, 3);
          assertFalse(Traffic.reaches(one, "10.201.1.3", false));
          assertTrue(Traffic.reaches(one, "10.201.1.1", true));
          assertEquals(HOST, Traffic.seenBy(outside(), one, OUTSIDE));
        });
  }

  @Test
  void networksDoNotReachEachOther() throws Exception {
    run(
        () -> {
          NetworkSpec other = Specs.network(2, Map.of());
          driver.createNetwork(network);
          driver.createNetwork(other);
          TestNamespace one = join(network, 1, 2);
          join(other, 2, 2);
          assertFalse(Traffic.reaches(one, "10.201.2.2", false));
          flush();
          assertTrue(Traffic.reaches(one, "10.201.2.2", true));
        });
  }

  @Test
  void theOutsideDoesNotReachContainersByTheirAddress() throws Exception {
    run(
        () -> {
          driver.createNetwork(network);
          join(network, 1, 2);
          TestNamespace outside = outside();
          try (RouteSocket route = outside.route()) {
            route.execute(
                RouteMessage.route(
                    InetAddress.getByName("10.201.1.0"), 24, InetAddress.getByName(HOST), 0, 0));
          }
          assertFalse(Traffic.reaches(outside, "10.201.1.2", false));
          flush();
          assertTrue(Traffic.reaches(outside, "10.201.1.2", true));
        });
  }

  @Test
  void nothingLeavesAnInternalNetwork() throws Exception {
    run(
        () -> {
          NetworkSpec plain = Specs.network(1, Map.of());
          NetworkSpec internal =
              new NetworkSpec(plain.id(), plain.name(), plain.subnets(), true, false, Map.of());
          driver.createNetwork(network(2));
          driver.createNetwork(internal);
          TestNamespace one = join(internal, 1, 2);
          TestNamespace two = join(internal, 2, 3);
          outside();
          // Even a container that makes itself a route does not get out.
          try (RouteSocket route = one.route()) {
            assertTrue(route.routes().stream().noneMatch(r -> r.destination() == null));
            route.execute(RouteMessage.defaultVia(InetAddress.getByName("10.201.1.1")));
          }
          assertFalse(Traffic.reaches(one, OUTSIDE, false));
          assertEquals("10.201.1.2", Traffic.seenBy(two, one, "10.201.1.3"));
          assertTrue(Traffic.reaches(join(network(2), 3, 2), OUTSIDE, true));
        });
  }

  @Test
  void aFlushedTableIsPutRightByTheNextJoin() throws Exception {
    run(
        () -> {
          driver.createNetwork(network);
          TestNamespace before = join(network, 1, 2);
          flush();
          TestNamespace after = join(network, 2, 3);
          TestNamespace outside = outside();
          assertEquals(HOST, Traffic.seenBy(outside, before, OUTSIDE));
          assertEquals(HOST, Traffic.seenBy(outside, after, OUTSIDE));
        });
  }

  @Test
  void aLostBridgeIsMadeAgainWithItsPorts() throws Exception {
    run(
        () -> {
          driver.createNetwork(network);
          TestNamespace container = join(network, 1, 2);
          try (RouteSocket route = RouteSocket.open(linux)) {
            Link old = bridge(route);
            route.deleteLink(old.name());
            driver.adopt(List.of(network), Map.of(Specs.endpoint(network, 1, 2), container.path()));
            Link bridge = bridge(route);
            assertEquals(old.mac(), bridge.mac());
          }
          assertEquals(HOST, Traffic.seenBy(outside(), container, OUTSIDE));
        });
  }

  @Test
  void whatSomebodyElseTookAwayIsPutRightWithoutBeingAskedForAnything() throws Exception {
    run(
        () -> {
          NetworkSpec apart = Specs.network(1, Map.of(BridgeNetwork.ICC, "false"));
          driver.createNetwork(apart);
          TestNamespace one = join(apart, 1, 2);
          join(apart, 2, 3);
          TestNamespace outside = outside();
          driver.heal();
          flush();
          driver.heal();
          assertEquals(HOST, Traffic.seenBy(outside, one, OUTSIDE));
          try (RouteSocket route = RouteSocket.open(linux)) {
            route.deleteLink(bridge(route).name());
            driver.heal();
            assertTrue(bridge(route).up());
          }
          assertEquals(HOST, Traffic.seenBy(outside, one, OUTSIDE));
          assertFalse(Traffic.reaches(one, "10.201.1.3", false), "they are still apart");
        });
  }

  @Test
  void ipv6LeavesTheHostUnderItsAddress() throws Exception {
    run(
        () -> {
          NetworkSpec dual = Specs.dualNetwork(1);
          driver.createNetwork(dual);
          TestNamespace container = keep(TestNamespace.create());
          driver.join(dual, Specs.dualEndpoint(dual, 1, 2), container.path());
          TestNamespace outside = keep(Outside.create(linux, "2001:db8::1", "2001:db8::2"));
          assertEquals(
              InetAddress.getByName("2001:db8::1").getHostAddress(),
              Traffic.seenBy(outside, container, "2001:db8::2"));
          assertEquals(
              "1", Files.readString(Path.of("/proc/sys/net/ipv6/conf/all/forwarding")).strip());
        });
  }

  @Test
  void aRestartedDriverCarriesOn() throws Exception {
    run(
        () -> {
          driver.createNetwork(network);
          TestNamespace container = join(network, 1, 2);
          TestNamespace outside = outside();
          driver.close();
          assertEquals(HOST, Traffic.seenBy(outside, container, OUTSIDE));
          BridgeNetworkDriver next = new BridgeNetworkDriver(linux, Owner.of(""), "felucca0", true);
          next.adopt(List.of(network), Map.of(Specs.endpoint(network, 1, 2), container.path()));
          assertEquals(HOST, Traffic.seenBy(outside, container, OUTSIDE));
          next.close();
        });
  }

  @Test
  void largePacketsFitTheWayOut() throws Exception {
    run(
        () -> {
          outside();
          try (RouteSocket route = RouteSocket.open(linux)) {
            int uplink = route.link("uplink").orElseThrow().index();
            route.execute(
                LinkMessage.change(uplink).mtu(1400).build(),
                RouteMessage.defaultVia(InetAddress.getByName(OUTSIDE)));
          }
          driver.createNetwork(network);
          TestNamespace container = join(network, 1, 2);
          try (RouteSocket route = container.route()) {
            assertEquals(1400, route.link("eth0").orElseThrow().mtu());
          }
        });
  }

  @Test
  void twoEnginesOnAHostLeaveEachOtherAlone() throws Exception {
    run(
        () -> {
          driver.createNetwork(network);
          TestNamespace container = join(network, 1, 2);
          BridgeNetworkDriver other =
              new BridgeNetworkDriver(linux, Owner.of("/srv/other"), "felucca1", true);
          other.createNetwork(network(2));
          other.adopt(List.of(), Map.of());
          other.close();
          assertEquals(HOST, Traffic.seenBy(outside(), container, OUTSIDE));
          BridgeNetworkDriver third =
              new BridgeNetworkDriver(linux, Owner.of("/srv/other"), "felucca1", true);
          assertThrows(EngineException.class, () -> third.createNetwork(network));
          third.close();
        });
  }

  private Link bridge(RouteSocket route) throws Exception {
    return route.links().stream()
        .filter(link -> link.kind().equals("bridge"))
        .findFirst()
        .orElseThrow();
  }

  private void flush() throws Exception {
    try (NftSocket nft = NftSocket.open(linux)) {
      nft.commit(new Transaction(Owner.of("").table()).deleteTable());
    }
  }

  private static NetworkSpec network(int number) {
    return Specs.network(number, Map.of());
  }

  private TestNamespace join(NetworkSpec network, int number, int last) throws Exception {
    TestNamespace container = keep(TestNamespace.create());
    EndpointSpec endpoint = Specs.endpoint(network, number, last);
    driver.join(network, endpoint, container.path());
    return container;
  }

  /** Another host beside ours, that knows nothing of our containers. */
  private TestNamespace outside() throws Exception {
    return keep(Outside.create(linux, HOST, OUTSIDE));
  }

  private TestNamespace keep(TestNamespace namespace) {
    namespaces.add(namespace);
    return namespace;
  }

  private void run(Body body) throws Exception {
    try {
      body.run();
    } finally {
      driver.close();
      namespaces.forEach(TestNamespace::close);
    }
  }
}
