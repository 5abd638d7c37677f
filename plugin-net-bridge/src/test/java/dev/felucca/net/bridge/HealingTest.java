package dev.felucca.net.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.felucca.kernel.network.Cidr;
import dev.felucca.kernel.network.EndpointSpec;
import dev.felucca.kernel.network.NetworkSpec;
import dev.felucca.linux.LinuxSyscalls;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.netlink.Link;
import dev.felucca.linux.netlink.LinkMessage;
import dev.felucca.linux.netlink.OwnNetwork;
import dev.felucca.linux.netlink.RouteSocket;
import dev.felucca.linux.nftables.NftSocket;
import dev.felucca.tck.network.Specs;
import dev.felucca.tck.network.TestNamespace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What somebody took away is there again after a look. */
@ExtendWith(OwnNetwork.class)
class HealingTest {
  private static final String HOST = "192.0.2.1";
  private static final String OUTSIDE = "192.0.2.2";

  private final Syscalls linux = LinuxSyscalls.load();
  private final BridgeNetworkDriver driver =
      new BridgeNetworkDriver(linux, Owner.of(""), "felucca0", true);
  private final List<TestNamespace> namespaces = new ArrayList<>();
  private final NetworkSpec network = Specs.network(1, Map.of());

  @AfterEach
  void end() {
    driver.close();
    namespaces.forEach(TestNamespace::close);
  }

  @Test
  void aDeletedInterfaceIsMadeAgain() throws Exception {
    EndpointSpec endpoint = tended(Specs.endpoint(network, 1, 2), false);
    TestNamespace container = join(endpoint);
    TestNamespace outside = keep(Outside.create(linux, HOST, OUTSIDE));
    driver.heal();
    Link before = eth0(container);
    deletePort(endpoint);
    assertEquals(1, container.interfaces().size());
    driver.heal();
    Link after = eth0(container);
    assertEquals(before.mac(), after.mac());
    assertNotEquals(before.index(), after.index());
    assertEquals(HOST, Traffic.seenBy(outside, container, OUTSIDE));
    driver.leave(network.id(), endpoint.id());
    driver.heal();
    assertEquals(1, container.interfaces().size(), "one that has left stays away");
    driver.deleteNetwork(network.id());
  }

  @Test
  void anInterfaceThatWentWhileTheDriverWasAwayIsMadeAgain() throws Exception {
    EndpointSpec endpoint = Specs.endpoint(network, 1, 2);
    TestNamespace container = join(endpoint);
    TestNamespace outside = keep(Outside.create(linux, HOST, OUTSIDE));
    driver.close();
    deletePort(endpoint);
    BridgeNetworkDriver next = new BridgeNetworkDriver(linux, Owner.of(""), "felucca0", true);
    next.adopt(List.of(network), Map.of(endpoint, container.path()));
    next.heal();
    assertEquals(HOST, Traffic.seenBy(outside, container, OUTSIDE));
    next.leave(network.id(), endpoint.id());
    next.deleteNetwork(network.id());
    next.close();
  }

  @Test
  void aPortThatWasChangedIsPutRight() throws Exception {
    NetworkSpec apart = Specs.network(1, Map.of(BridgeNetwork.ICC, "false"));
    driver.createNetwork(apart);
    EndpointSpec endpoint = Specs.endpoint(apart, 1, 2);
    TestNamespace container = keep(TestNamespace.create());
    driver.join(apart, endpoint, container.path());
    String name = Owner.portName(endpoint.id());
    try (RouteSocket route = RouteSocket.open(linux)) {
      driver.heal();
      route.execute(LinkMessage.change(name).isolatedPort(false).build());
      driver.heal();
      assertTrue(route.link(name).orElseThrow().isolatedPort());
      route.execute(LinkMessage.change(name).master(0).down().build());
      driver.heal();
      Link port = route.link(name).orElseThrow();
      assertTrue(port.up() && port.isolatedPort());
      assertEquals(route.link(bridge(apart)).orElseThrow().index(), port.master());
    }
  }

  @Test
  void forwardingAndTheBridgesAddressAreThereAgain() throws Exception {
    assumeTrue(Files.exists(Path.of("/sbin/ip")), "ip is not installed");
    TestNamespace container = join(Specs.endpoint(network, 1, 2));
    TestNamespace outside = keep(Outside.create(linux, HOST, OUTSIDE));
    driver.heal();
    Files.writeString(Path.of("/proc/sys/net/ipv4/ip_forward"), "0");
    run("ip", "addr", "flush", "dev", bridge(network));
    driver.heal();
    assertEquals("1", Files.readString(Path.of("/proc/sys/net/ipv4/ip_forward")).strip());
    assertEquals(HOST, Traffic.seenBy(outside, container, OUTSIDE));
  }

  @Test
  void aTendedContainerHasItsAddressAndRouteAgain() throws Exception {
    assumeTrue(Files.exists(Path.of("/sbin/ip")), "ip is not installed");
    NetworkSpec dual = Specs.dualNetwork(1);
    driver.createNetwork(dual);
    TestNamespace container = keep(TestNamespace.create());
    driver.join(dual, tended(Specs.dualEndpoint(dual, 1, 2), true), container.path());
    TestNamespace outside = keep(Outside.create(linux, HOST, OUTSIDE));
    driver.heal();
    for (String taken :
        List.of(
            "route del default",
            "addr flush dev eth0",
            "link set eth0 down",
            "-6 route flush default")) {
      inside(container, taken.split(" "));
      driver.heal();
      assertEquals(HOST, Traffic.seenBy(outside, container, OUTSIDE), taken);
      assertTrue(Traffic.reaches(container, "fd00:201:1::1", true), taken);
    }
    assertTrue(inside(container, "-6", "route").contains("default via fd00:201:1::1"));
  }

  @Test
  void whatIsThereInsteadStays() throws Exception {
    assumeTrue(Files.exists(Path.of("/sbin/ip")), "ip is not installed");
    EndpointSpec endpoint = tended(Specs.endpoint(network, 1, 2), true);
    TestNamespace container = join(endpoint);
    driver.heal();
    inside(container, "route", "replace", "default", "via", "10.201.1.99");
    driver.heal();
    assertTrue(inside(container, "route").contains("default via 10.201.1.99"));
    inside(container, "addr", "del", "10.201.1.2/24", "dev", "eth0");
    inside(container, "addr", "add", "10.201.1.50/24", "dev", "eth0");
    driver.heal();
    String shown = inside(container, "addr", "show", "eth0");
    assertTrue(shown.contains("10.201.1.50/24") && !shown.contains("10.201.1.2/24"), shown);
  }

  @Test
  void aContainerThatMayChangeItsNetworkIsLeftAlone() throws Exception {
    assumeTrue(Files.exists(Path.of("/sbin/ip")), "ip is not installed");
    TestNamespace container = join(tended(Specs.endpoint(network, 1, 2), false));
    driver.heal();
    inside(container, "route", "del", "default");
    driver.heal();
    assertFalse(inside(container, "route").contains("default"));
  }

  @Test
  void aBridgeWhoseNameIsTakenKeepsNothingElseFromBeingPutRight() throws Exception {
    NetworkSpec taken = Specs.network(2, Map.of(BridgeNetwork.NAME, "br0"));
    driver.createNetwork(taken);
    TestNamespace container = join(Specs.endpoint(network, 1, 2));
    TestNamespace outside = keep(Outside.create(linux, HOST, OUTSIDE));
    driver.heal();
    try (RouteSocket route = RouteSocket.open(linux);
        NftSocket nft = NftSocket.open(linux)) {
      route.deleteLink("br0");
      route.execute(LinkMessage.create("br0").bridge().build());
      nft.commit(new Firewall(Owner.of("").table()).none());
      IOException told = assertThrows(IOException.class, driver::heal);
      assertTrue(told.getMessage().contains(taken.id()), told.getMessage());
      assertEquals(HOST, Traffic.seenBy(outside, container, OUTSIDE));
      route.deleteLink("br0");
    }
    driver.heal();
  }

  private TestNamespace join(EndpointSpec endpoint) throws Exception {
    driver.createNetwork(network);
    TestNamespace container = keep(TestNamespace.create());
    driver.join(network, endpoint, container.path());
    return container;
  }

  private static EndpointSpec tended(EndpointSpec spec, boolean tended) {
    return new EndpointSpec(
        spec.id(),
        spec.networkId(),
        spec.container(),
        spec.interfaceName(),
        spec.addresses(),
        spec.gateways(),
        null,
        List.of(),
        Map.of(),
        List.of(),
        List.of(),
        List.<Cidr>of(),
        tended);
  }

  private void deletePort(EndpointSpec endpoint) throws Exception {
    try (RouteSocket route = RouteSocket.open(linux)) {
      assertTrue(route.link(Owner.portName(endpoint.id())).isPresent());
      route.deleteLink(Owner.portName(endpoint.id()));
    }
  }

  private static Link eth0(TestNamespace container) throws Exception {
    try (RouteSocket inside = container.route()) {
      return inside.link("eth0").orElseThrow();
    }
  }

  private static String bridge(NetworkSpec network) {
    return BridgeNetwork.of(network, "felucca0").bridge();
  }

  private static String inside(TestNamespace container, String... words) throws Exception {
    List<String> command = new ArrayList<>(List.of("nsenter", "--net=" + container.path(), "ip"));
    command.addAll(List.of(words));
    return run(command.toArray(new String[0]));
  }

  private static String run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), String.join(" ", command) + ": " + out);
    return out;
  }

  private TestNamespace keep(TestNamespace namespace) {
    namespaces.add(namespace);
    return namespace;
  }
}
