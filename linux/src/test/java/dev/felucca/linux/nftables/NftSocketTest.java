package dev.felucca.linux.nftables;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.felucca.linux.Errno;
import dev.felucca.linux.LinuxSyscalls;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.netlink.NetlinkException;
import dev.felucca.linux.netlink.OwnNetwork;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(OwnNetwork.class)
class NftSocketTest {
  private static final Table TABLE = new Table(Family.INET, "felucca-test");
  private static final NamedSet BRIDGES = NamedSet.set("bridges", DataType.INTERFACE);
  private static final NamedSet SAME = NamedSet.set("same", DataType.INTERFACE, DataType.INTERFACE);
  private static final NamedSet PORTS =
      NamedSet.map(
          "ports",
          List.of(DataType.PROTOCOL, DataType.PORT),
          List.of(DataType.IPV4, DataType.PORT));
  private static final NamedSet PORTS6 =
      NamedSet.map(
          "ports6",
          List.of(DataType.IPV6, DataType.PROTOCOL, DataType.PORT),
          List.of(DataType.IPV6, DataType.PORT));

  private final Syscalls linux = LinuxSyscalls.load();

  private static Transaction whole() throws Exception {
    return new Transaction(TABLE)
        .addTable()
        .addSet(BRIDGES)
        .addSet(SAME)
        .addSet(PORTS)
        .addSet(PORTS6)
        .addChain(new Chain("forward", "filter", Chain.Hook.FORWARD, Chain.FILTER, true))
        .addChain(new Chain("pre", "nat", Chain.Hook.PREROUTING, Chain.DSTNAT, true))
        .addChain(new Chain("post", "nat", Chain.Hook.POSTROUTING, Chain.SRCNAT, true))
        .addRule("forward", Rule.rule().ctState(Rule.ESTABLISHED_OR_RELATED).accept())
        .addRule("forward", Rule.rule().ctStatusDnat().counter().accept().comment("published"))
        .addRule("forward", Rule.rule().iifname().oifname().in(SAME).accept())
        .addRule("forward", Rule.rule().oifname().in(BRIDGES).drop())
        .addRule(
            "pre",
            Rule.rule().daddrLocal().nfproto(Family.IP).l4proto().dport().dnatTo(Family.IP, PORTS))
        .addRule(
            "pre",
            Rule.rule()
                .daddrLocal()
                .nfproto(Family.IP6)
                .daddr(Family.IP6)
                .l4proto()
                .dport()
                .dnatTo(Family.IP6, PORTS6))
        .addRule("pre", Rule.rule().nfproto(Family.IP).daddrInLoopback().drop())
        .addRule(
            "post",
            Rule.rule()
                .nfproto(Family.IP)
                .iifname()
                .in(BRIDGES)
                .oifname()
                .notIn(BRIDGES)
                .masquerade())
        .addElements(BRIDGES, List.of(Value.ofInterface("felucca0")))
        .addElements(
            SAME, List.of(Value.ofInterface("felucca0").and(Value.ofInterface("felucca0"))))
        .putElements(
            PORTS,
            Map.of(
                Value.ofProtocol(6).and(Value.ofPort(8080)),
                Value.of(InetAddress.getByName("10.88.0.2")).and(Value.ofPort(80))))
        .putElements(
            PORTS6,
            Map.of(
                Value.of(InetAddress.getByName("fd00::1"))
                    .and(Value.ofProtocol(17))
                    .and(Value.ofPort(53)),
                Value.of(InetAddress.getByName("fd00::2")).and(Value.ofPort(5353))));
  }

  @Test
  void nftShowsTheTableAsItWasMeant() throws Exception {
    assumeTrue(Files.exists(Path.of("/usr/sbin/nft")), "nft is not installed");
    try (NftSocket nft = NftSocket.open(linux)) {
      nft.commit(whole());
      String golden;
      try (var in = NftSocketTest.class.getResourceAsStream("ruleset.nft")) {
        golden = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      }
      assertEquals(golden, run("/usr/sbin/nft", "list", "ruleset"));
    }
  }

  @Test
  void aTransactionHappensWholeOrNotAtAll() throws Exception {
    try (NftSocket nft = NftSocket.open(linux)) {
      Transaction wrong = whole().addRule("no-such-chain", Rule.rule().accept());
      NetlinkException refused = assertThrows(NetlinkException.class, () -> nft.commit(wrong));
      assertEquals(Errno.ENOENT, refused.errno());
      assertTrue(refused.getMessage().contains("no-such-chain"), refused.getMessage());
      assertEquals(List.of(), nft.tables());
      nft.commit(whole());
      assertEquals(List.of(TABLE), nft.tables());
      assertEquals(List.of("forward", "pre", "post"), nft.chains(TABLE));
      assertEquals(4, nft.rules(TABLE, "forward"));
    }
  }

  @Test
  void aTableThatIsThereIsNotCreated() throws Exception {
    try (NftSocket nft = NftSocket.open(linux)) {
      nft.commit(new Transaction(TABLE).createTable().addSet(BRIDGES));
      NetlinkException refused =
          assertThrows(
              NetlinkException.class,
              () -> nft.commit(new Transaction(TABLE).createTable().addSet(SAME)));
      assertEquals(Errno.EEXIST, refused.errno());
      nft.commit(new Transaction(TABLE).deleteTable());
      assertEquals(List.of(), nft.tables());
    }
  }

  @Test
  void deletingLeavesNothing() throws Exception {
    try (NftSocket nft = NftSocket.open(linux)) {
      nft.commit(whole());
      nft.commit(new Transaction(TABLE).deleteTable());
      assertEquals(List.of(), nft.tables());
      assertEquals(Map.of(), nft.elements(TABLE, BRIDGES));
      assertEquals(0, nft.rules(TABLE, "forward"));
      NetlinkException gone =
          assertThrows(
              NetlinkException.class, () -> nft.commit(new Transaction(TABLE).deleteTable()));
      assertEquals(Errno.ENOENT, gone.errno());
    }
  }

  @Test
  void aThousandPortsComeAndGoAsElements() throws Exception {
    try (NftSocket nft = NftSocket.open(linux)) {
      nft.commit(whole());
      Map<Value, Value> many = new HashMap<>();
      Value to = Value.of(InetAddress.getByName("10.88.0.3")).and(Value.ofPort(80));
      for (int port = 10_000; port < 20_000; port++) {
        many.put(Value.ofProtocol(6).and(Value.ofPort(port)), to);
      }
      nft.commit(new Transaction(TABLE).putElements(PORTS, many));
      Map<Value, Value> read = nft.elements(TABLE, PORTS);
      assertEquals(10_001, read.size());
      assertEquals(to, read.get(Value.ofProtocol(6).and(Value.ofPort(15_000))));
      nft.commit(new Transaction(TABLE).removeElements(PORTS, new ArrayList<>(many.keySet())));
      assertEquals(1, nft.elements(TABLE, PORTS).size());
    }
  }

  @Test
  void aKeyWithAnotherValueIsRefused() throws Exception {
    try (NftSocket nft = NftSocket.open(linux)) {
      nft.commit(whole());
      Value key = Value.ofProtocol(6).and(Value.ofPort(8080));
      Value other = Value.of(InetAddress.getByName("10.88.0.9")).and(Value.ofPort(80));
      assertThrows(
          NetlinkException.class,
          () -> nft.commit(new Transaction(TABLE).putElements(PORTS, Map.of(key, other))));
    }
  }

  @Test
  void foreignForwardChainsThatDropAreNamed() throws Exception {
    try (NftSocket nft = NftSocket.open(linux)) {
      assertEquals(List.of(), nft.droppingForwardChains(TABLE));
      Table other = new Table(Family.IP, "filter");
      nft.commit(
          new Transaction(other)
              .addTable()
              .addChain(new Chain("FORWARD", "filter", Chain.Hook.FORWARD, 0, false)));
      assertEquals(List.of("ip filter FORWARD"), nft.droppingForwardChains(TABLE));
      assertEquals(List.of(), nft.droppingForwardChains(other));
    }
  }

  @Test
  void chainsThatEndByRefusingAreNamedAndThoseThatAcceptAreNot() throws Exception {
    assumeTrue(Files.exists(Path.of("/usr/sbin/nft")), "nft is not installed");
    try (NftSocket nft = NftSocket.open(linux)) {
      String rules =
          """
          table inet walls {
            chain refuse { counter reject with icmpx admin-prohibited; }
            chain some { tcp dport 22 accept; }
            chain rejects {
              type filter hook forward priority 10; policy accept;
              ct state established accept
              jump some
              jump refuse
            }
            chain drops { type filter hook forward priority 11; policy accept; log prefix "x"; drop; }
            chain lets { type filter hook forward priority 12; policy drop; accept; }
            chain asks { type filter hook forward priority 13; policy accept; ip daddr 10.0.0.1 drop; }
            chain input { type filter hook input priority 0; policy drop; }
          }
          """;
      Path file = Files.createTempFile("walls", ".nft");
      try {
        Files.writeString(file, rules);
        run("/usr/sbin/nft", "-f", file.toString());
      } finally {
        Files.delete(file);
      }
      assertEquals(
          List.of("inet walls rejects", "inet walls drops"), nft.droppingForwardChains(TABLE));
    }
  }

  private static String run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), out);
    return out;
  }
}
