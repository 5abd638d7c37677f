package dev.felucca.net.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.network.NetworkSpec;
import dev.felucca.linux.Errno;
import dev.felucca.linux.LinuxSyscalls;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import dev.felucca.linux.netlink.LinkMessage;
import dev.felucca.linux.netlink.OwnNetwork;
import dev.felucca.linux.netlink.RouteSocket;
import dev.felucca.linux.nftables.Chain;
import dev.felucca.linux.nftables.Family;
import dev.felucca.linux.nftables.NftSocket;
import dev.felucca.linux.nftables.Table;
import dev.felucca.linux.nftables.Transaction;
import dev.felucca.tck.network.Specs;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What the driver leaves on the host, as other tools see it. */
@ExtendWith(OwnNetwork.class)
class HostStateTest {
  private final Syscalls linux = LinuxSyscalls.load();
  private final NetworkSpec network = Specs.network(1, Map.of());

  private BridgeNetworkDriver driver() {
    return new BridgeNetworkDriver(linux, Owner.of(""), "felucca0", true);
  }

  @Test
  void nftShowsOneTableOfSets() throws Exception {
    assumeTrue(Files.exists(Path.of("/usr/sbin/nft")), "nft is not installed");
    BridgeNetworkDriver driver = driver();
    driver.createNetwork(network);
    NetworkSpec other = Specs.network(2, Map.of(BridgeNetwork.ICC, "false"));
    driver.createNetwork(
        new NetworkSpec(other.id(), "inner", other.subnets(), true, false, other.options()));
    assertEquals(golden("ruleset.nft"), run("/usr/sbin/nft", "list", "ruleset"));
    driver.close();
  }

  @Test
  void aTableInOrderIsLeftAlone() throws Exception {
    BridgeNetworkDriver driver = driver();
    driver.createNetwork(network);
    BridgeNetwork known = BridgeNetwork.of(network, "felucca0");
    Firewall firewall = new Firewall(Owner.of("").table());
    try (NftSocket nft = NftSocket.open(linux)) {
      assertTrue(firewall.intact(nft, List.of(known)));
      assertFalse(firewall.intact(nft, List.of()));
      nft.commit(firewall.none());
      assertFalse(firewall.intact(nft, List.of(known)));
    }
    driver.close();
  }

  @Test
  void explainingPrintsTheMessagesThatAreSent() throws Exception {
    assertEquals(
        golden("explain.txt"),
        String.join("\n", driver().explain(network, Specs.endpoint(network, 1, 2))) + "\n");
  }

  @Test
  void anInterfaceOfSomebodyElseIsConflictAndStays() throws Exception {
    BridgeNetworkDriver driver = driver();
    try (RouteSocket route = RouteSocket.open(linux);
        NftSocket nft = NftSocket.open(linux)) {
      route.execute(LinkMessage.create("mine").bridge().build());
      EngineException refused =
          assertThrows(
              EngineException.class,
              () -> driver.createNetwork(Specs.network(1, Map.of(BridgeNetwork.NAME, "mine"))));
      assertEquals(EngineException.Kind.CONFLICT, refused.kind());
      driver.adopt(List.of(), Map.of());
      assertTrue(route.link("mine").isPresent());
      assertEquals(List.of(), nft.tables());
    }
    driver.close();
  }

  /** An engine that is killed between a pair's first message and its alias leaves it so. */
  @Test
  void aPairThatWasNeverMarkedGoesAndOthersStay() throws Exception {
    BridgeNetworkDriver driver = driver();
    driver.createNetwork(network);
    try (RouteSocket route = RouteSocket.open(linux)) {
      int bridge = route.link(BridgeNetwork.of(network, "felucca0").bridge()).orElseThrow().index();
      route.execute(LinkMessage.create("mine").bridge().build());
      int foreign = route.link("mine").orElseThrow().index();
      String left = Owner.portName("a".repeat(64));
      String elsewhere = Owner.portName("b".repeat(64));
      pair(route, left, bridge, "in0");
      pair(route, elsewhere, foreign, "in1");
      pair(route, "veth0", bridge, "in2");
      driver.adopt(List.of(network), Map.of());
      assertTrue(route.link(left).isEmpty());
      assertTrue(route.link(elsewhere).isPresent());
      assertTrue(route.link("veth0").isPresent());
    }
    driver.close();
  }

  private static void pair(RouteSocket route, String name, int master, String peer)
      throws Exception {
    route.execute(LinkMessage.create(name).master(master).veth(LinkMessage.create(peer)).build());
  }

  @Test
  void foreignTablesStayAndTheirDropIsNamed() throws Exception {
    BridgeNetworkDriver driver = driver();
    Table foreign = new Table(Family.IP, "filter");
    try (NftSocket nft = NftSocket.open(linux)) {
      nft.commit(
          new Transaction(foreign)
              .addTable()
              .addChain(new Chain("FORWARD", "filter", Chain.Hook.FORWARD, 0, false)));
      driver.createNetwork(network);
      assertEquals("ip filter FORWARD", driver.status().get("Forwarding also filtered by"));
      driver.deleteNetwork(network.id());
      assertEquals(List.of(foreign), nft.tables());
    }
    driver.close();
  }

  @Test
  void aHostWithoutTheKernelPartsSaysWhichAndRefuses() throws Exception {
    Syscalls poor =
        new Syscalls() {
          @Override
          public dev.felucca.linux.Arch arch() {
            return linux.arch();
          }

          @Override
          public long call(Sysno nr, long... args) {
            return nr == Sysno.SENDTO ? -Errno.EOPNOTSUPP.number() : linux.call(nr, args);
          }
        };
    BridgeNetworkDriver driver = new BridgeNetworkDriver(poor, Owner.of(""), "felucca0", true);
    String why = driver.unusable().orElseThrow();
    assertTrue(why.contains("CONFIG_BRIDGE"), why);
    EngineException refused =
        assertThrows(EngineException.class, () -> driver.createNetwork(network));
    assertEquals(EngineException.Kind.UNAVAILABLE, refused.kind());
    driver.close();
  }

  @Test
  void probingLeavesNothing() throws Exception {
    BridgeNetworkDriver driver = driver();
    assertTrue(driver.unusable().isEmpty(), () -> driver.unusable().toString());
    try (RouteSocket route = RouteSocket.open(linux);
        NftSocket nft = NftSocket.open(linux)) {
      assertEquals(1, route.links().stream().filter(l -> !l.kind().startsWith("s")).count());
      assertEquals(List.of(), nft.tables());
    }
  }

  private static String golden(String name) throws Exception {
    try (var in = HostStateTest.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static String run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), out);
    return out;
  }
}
