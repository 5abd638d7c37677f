package dev.felucca.linux.nftables;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.felucca.linux.netlink.Message;
import java.net.InetAddress;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TransactionTest {
  private static final Table TABLE = new Table(Family.INET, "felucca-test");

  @Test
  void messagesReadAsWhatTheyAsk() throws Exception {
    NamedSet bridges = NamedSet.set("bridges", DataType.INTERFACE);
    NamedSet ports =
        NamedSet.map(
            "ports",
            List.of(DataType.PROTOCOL, DataType.PORT),
            List.of(DataType.IPV4, DataType.PORT));
    List<String> words =
        new Transaction(TABLE)
                .addTable()
                .addChain(new Chain("post", "nat", Chain.Hook.POSTROUTING, Chain.SRCNAT, true))
                .addSet(bridges)
                .addSet(ports)
                .addRule(
                    "post",
                    Rule.rule()
                        .nfproto(Family.IP)
                        .iifname()
                        .in(bridges)
                        .oifname()
                        .notIn(bridges)
                        .masquerade())
                .addRule(
                    "post",
                    Rule.rule().nfproto(Family.IP).l4proto().dport().dnatTo(Family.IP, ports))
                .addElements(bridges, List.of(Value.ofInterface("felucca0")))
                .putElements(
                    ports,
                    Map.of(
                        Value.ofProtocol(6).and(Value.ofPort(8080)),
                        Value.of(InetAddress.getByName("10.88.0.2")).and(Value.ofPort(80))))
                .removeElements(bridges, List.of(Value.ofInterface("felucca0")))
                .deleteTable()
                .messages()
                .stream()
                .map(Message::toString)
                .toList();
    assertEquals(
        List.of(
            "newtable inet table=felucca-test",
            "newchain inet table=felucca-test chain=post hook={number=4 priority=100} policy=1"
                + " type=nat",
            "newset inet table=felucca-test set=bridges flags=0 key-type=41 key-length=16 id=1"
                + " userdata=000401000000",
            "newset inet table=felucca-test set=ports flags=8 key-type=781 key-length=8"
                + " data-type=461 data-length=8 id=2 userdata=000400000000010400000000",
            "newrule inet table=felucca-test chain=post"
                + " meta(key=15 register=8) cmp(register=8 op=0 with=02)"
                + " meta(key=6 register=8) lookup(set=bridges register=8)"
                + " meta(key=7 register=8) lookup(set=bridges register=8 inverted=1) masq()",
            "newrule inet table=felucca-test chain=post"
                + " meta(key=15 register=8) cmp(register=8 op=0 with=02)"
                + " meta(key=16 register=8)"
                + " payload(register=9 header=2 offset=2 length=2)"
                + " lookup(set=ports register=8 to=8)"
                + " nat(type=1 family=2 address=8 port=9)",
            "newsetelem inet set=bridges table=felucca-test"
                + " elements={{key=66656c75636361300000000000000000}}",
            "newsetelem inet set=ports table=felucca-test"
                + " elements={{key=060000001f900000 data=0a58000200500000}}",
            "delsetelem inet set=bridges table=felucca-test"
                + " elements={{key=66656c75636361300000000000000000}}",
            "deltable inet table=felucca-test"),
        words);
  }

  @Test
  void aRuleHasTheBytesTheKernelWasSeenToTake() {
    Message rule =
        new Transaction(new Table(Family.IP, "jc"))
            .addRule("post", Rule.rule().masquerade())
            .messages()
            .get(0);
    assertEquals(
        "40000000060a010c0000000000000000" // NFT_MSG_NEWRULE, request|create|append
            + "02000000" // nfgenmsg: IPv4
            + "070001006a630000" // NFTA_RULE_TABLE
            + "09000200706f737400000000" // NFTA_RULE_CHAIN
            + "18000480" // NFTA_RULE_EXPRESSIONS
            + "14000180" // NFTA_LIST_ELEM
            + "090001006d61737100000000" // NFTA_EXPR_NAME masq
            + "04000280", // NFTA_EXPR_DATA
        HexFormat.of().formatHex(rule.toBytes()));
  }

  @Test
  void namesNftCouldNotTypeAreRefused() {
    for (String bad : new String[] {"", "a b", "0a", "a;b", "a{", "-a"}) {
      assertThrows(
          IllegalArgumentException.class, () -> new Transaction(new Table(Family.IP, bad)), bad);
      assertThrows(IllegalArgumentException.class, () -> NamedSet.set(bad, DataType.IPV4), bad);
    }
  }
}
