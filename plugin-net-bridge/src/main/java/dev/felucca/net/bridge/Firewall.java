package dev.felucca.net.bridge;

import dev.felucca.kernel.network.Cidr;
import dev.felucca.kernel.network.EndpointSpec;
import dev.felucca.kernel.network.Flow;
import dev.felucca.linux.Errno;
import dev.felucca.linux.netlink.NetlinkException;
import dev.felucca.linux.nftables.Chain;
import dev.felucca.linux.nftables.DataType;
import dev.felucca.linux.nftables.Family;
import dev.felucca.linux.nftables.NamedSet;
import dev.felucca.linux.nftables.NftSocket;
import dev.felucca.linux.nftables.Rule;
import dev.felucca.linux.nftables.Table;
import dev.felucca.linux.nftables.Transaction;
import dev.felucca.linux.nftables.Value;
import java.io.IOException;
import java.net.Inet4Address;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * The one nftables table. Its rules never change: a network is an element of its sets, a published
 * port one of its maps. What it accepts another table can still drop (see {@link
 * NftSocket#droppingForwardChains}), since nftables asks every chain of a hook; what it drops stays
 * dropped.
 */
final class Firewall {
  private static final NamedSet BRIDGES = NamedSet.set("bridges", DataType.INTERFACE);
  private static final NamedSet SAME = NamedSet.set("same", DataType.INTERFACE, DataType.INTERFACE);
  private static final NamedSet APART = NamedSet.set("apart", DataType.INTERFACE);
  private static final NamedSet INTERNAL = NamedSet.set("internal", DataType.INTERFACE);
  private static final NamedSet MASQUERADE4 = NamedSet.set("masquerade4", DataType.INTERFACE);
  private static final NamedSet MASQUERADE6 = NamedSet.set("masquerade6", DataType.INTERFACE);
  private static final NamedSet OPEN4 = NamedSet.set("open4", DataType.INTERFACE);
  private static final NamedSet OPEN6 = NamedSet.set("open6", DataType.INTERFACE);
  private static final NamedSet ROUTED4 = NamedSet.set("routed4", DataType.INTERFACE);
  private static final NamedSet ROUTED6 = NamedSet.set("routed6", DataType.INTERFACE);
  private static final NamedSet LINKED =
      NamedSet.set("linked", DataType.IPV4, DataType.IPV4, DataType.PROTOCOL, DataType.PORT);
  private static final String FORWARD = "forward";
  private static final String POSTROUTING = "postrouting";
  private static final int POSTROUTING_RULES = 4;
  private static final int ICMP = 1;
  private static final int ICMP6 = 58;

  private final Table table;
  private final List<Cidr> publishedFrom;

  /** What may pass in networks whose containers are kept apart, by network. */
  private final Map<String, Set<Value>> linked = new ConcurrentHashMap<>();

  Firewall(Table table) {
    this(table, List.of());
  }

  /**
   * @param publishedFrom the other hosts that may reach published ports; none given are all
   */
  Firewall(Table table, List<Cidr> publishedFrom) {
    this.table = table;
    this.publishedFrom = publishedFrom;
  }

  Table table() {
    return table;
  }

  /** Puts the table in place, whatever was there of it, in one step: no packet sees half of it. */
  Transaction whole(Collection<BridgeNetwork> networks, Collection<EndpointSpec> endpoints) {
    Transaction change = new Transaction(table).addTable().deleteTable().addTable();
    List.of(BRIDGES, SAME, APART, INTERNAL, LINKED).forEach(change::addSet);
    List.of(MASQUERADE4, MASQUERADE6, OPEN4, OPEN6, ROUTED4, ROUTED6).forEach(change::addSet);
    PublishedPorts.addSets(change);
    change.addChain(new Chain(FORWARD, "filter", Chain.Hook.FORWARD, Chain.FILTER, true));
    forwardRules().forEach(rule -> change.addRule(FORWARD, rule));
    postrouting(change);
    PublishedPorts.addTo(change, BRIDGES);
    PublishedPorts.put(change, endpoints);
    change.addElements(BRIDGES, names(networks, network -> true));
    change.addElements(SAME, pairs(networks));
    change.addElements(APART, names(networks, network -> !network.icc()));
    change.addElements(INTERNAL, names(networks, BridgeNetwork::internal));
    change.addElements(LINKED, linked());
    for (boolean ipv6 : new boolean[] {false, true}) {
      change.addElements(
          ipv6 ? MASQUERADE6 : MASQUERADE4,
          names(networks, n -> n.masquerade() && mode(n, ipv6).masquerades()));
      change.addElements(
          ipv6 ? OPEN6 : OPEN4,
          names(networks, n -> !n.internal() && mode(n, ipv6) == GatewayMode.NAT_UNPROTECTED));
      change.addElements(
          ipv6 ? ROUTED6 : ROUTED4,
          names(networks, n -> !n.internal() && mode(n, ipv6) == GatewayMode.ROUTED));
    }
    return change;
  }

  /** Adds the endpoint's ports; one that another endpoint has is refused. */
  Transaction publish(EndpointSpec endpoint) {
    Transaction change = new Transaction(table);
    PublishedPorts.put(change, List.of(endpoint));
    return change;
  }

  Transaction unpublish(EndpointSpec endpoint) {
    Transaction change = new Transaction(table);
    PublishedPorts.remove(change, endpoint);
    return change;
  }

  /**
   * Lets these flows pass in a network and no others any more; they are part of {@link #whole} from
   * now on.
   */
  Transaction allow(String networkId, List<Flow> flows) {
    Set<Value> before = new HashSet<>(linked());
    Set<Value> wanted = new HashSet<>();
    flows.forEach(flow -> wanted.add(element(flow)));
    if (wanted.isEmpty()) {
      linked.remove(networkId);
    } else {
      linked.put(networkId, wanted);
    }
    Set<Value> now = new HashSet<>(linked());
    Transaction change = new Transaction(table);
    change.removeElements(LINKED, before.stream().filter(one -> !now.contains(one)).toList());
    return change.addElements(LINKED, now.stream().filter(one -> !before.contains(one)).toList());
  }

  boolean lets(String networkId) {
    return linked.containsKey(networkId);
  }

  void forgetLinked() {
    linked.clear();
  }

  private List<Value> linked() {
    return linked.values().stream().flatMap(Set::stream).distinct().toList();
  }

  private static Value element(Flow flow) {
    return Value.of(Cidr.address(flow.from()))
        .and(Value.of(Cidr.address(flow.to())))
        .and(Value.ofProtocol(PublishedPorts.protocol(flow.protocol())))
        .and(Value.ofPort(flow.port()));
  }

  /** Takes the table away; one that is not there is made first, so that this never fails for it. */
  Transaction none() {
    return new Transaction(table).addTable().deleteTable();
  }

  /** Whether the table is there with all its rules and these networks. */
  boolean intact(NftSocket nft, Collection<BridgeNetwork> networks) throws IOException {
    try {
      return nft.rules(table, FORWARD) == forwardRules().size()
          && nft.rules(table, POSTROUTING) == POSTROUTING_RULES
          && nft.rules(table, PublishedPorts.PREROUTING) == PublishedPorts.RULES
          && nft.rules(table, PublishedPorts.OUTPUT) == PublishedPorts.RULES + 1
          && nft.elements(table, BRIDGES).keySet().equals(Set.copyOf(names(networks, n -> true)));
    } catch (NetlinkException e) {
      if (e.errno() == Errno.ENOENT) {
        return false;
      }
      throw e;
    }
  }

  private static GatewayMode mode(BridgeNetwork network, boolean ipv6) {
    return ipv6 ? network.mode6() : network.mode4();
  }

  private List<Rule> forwardRules() {
    List<Rule> rules = new ArrayList<>();
    rules.add(Rule.rule().ctState(Rule.ESTABLISHED_OR_RELATED).accept());
    if (publishedFrom.isEmpty()) {
      rules.add(Rule.rule().ctStatusDnat().accept().comment("published ports"));
    } else {
      rules.add(
          Rule.rule().ctStatusDnat().iifname().in(BRIDGES).accept().comment("published ports"));
      for (Cidr from : publishedFrom) {
        rules.add(Rule.rule().ctStatusDnat().saddrIn(from.address(), from.prefix()).accept());
      }
    }
    rules.add(
        Rule.rule()
            .nfproto(Family.IP)
            .saddr(Family.IP)
            .daddr(Family.IP)
            .l4proto()
            .dport()
            .in(LINKED)
            .accept()
            .comment("links"));
    // Seen here only where bridged packets pass the IP hooks (br_netfilter); isolated ports do the
    // rest.
    rules.add(Rule.rule().iifname().in(APART).oifname().in(APART).drop());
    rules.add(Rule.rule().iifname().oifname().in(SAME).accept());
    direct(rules, Family.IP, ICMP, ROUTED4, OPEN4);
    direct(rules, Family.IP6, ICMP6, ROUTED6, OPEN6);
    rules.add(Rule.rule().oifname().in(BRIDGES).drop().comment("other networks, outside"));
    rules.add(Rule.rule().iifname().in(INTERNAL).drop());
    return rules;
  }

  /** What reaches containers by their own addresses, see {@link GatewayMode}. */
  private void direct(List<Rule> rules, Family family, int icmp, NamedSet routed, NamedSet open) {
    if (publishedFrom.isEmpty()) {
      rules.add(
          PublishedPorts.routed(Rule.rule().iifname().notIn(INTERNAL), family)
              .comment("routed ports"));
    } else {
      rules.add(
          PublishedPorts.routed(
              Rule.rule().iifname().notIn(INTERNAL).iifname().in(BRIDGES), family));
      publishedFrom.stream()
          .filter(from -> from.address() instanceof Inet4Address == (family == Family.IP))
          .map(from -> Rule.rule().saddrIn(from.address(), from.prefix()))
          .forEach(rule -> rules.add(PublishedPorts.routed(rule, family)));
    }
    rules.add(
        Rule.rule()
            .iifname()
            .notIn(INTERNAL)
            .nfproto(family)
            .l4protoIs(icmp)
            .oifname()
            .in(routed)
            .accept());
    rules.add(Rule.rule().iifname().notIn(BRIDGES).nfproto(family).oifname().in(open).accept());
  }

  private static void postrouting(Transaction change) {
    change.addChain(new Chain(POSTROUTING, "nat", Chain.Hook.POSTROUTING, Chain.SRCNAT, true));
    change.addRule(
        POSTROUTING,
        Rule.rule().ctStatusDnat().iifname().oifname().in(SAME).masquerade().comment("hairpin"));
    change.addRule(
        POSTROUTING,
        Rule.rule()
            .nfproto(Family.IP)
            .saddrInLoopback()
            .oifname()
            .in(BRIDGES)
            .masquerade()
            .comment("from the host's 127.0.0.1"));
    for (Family family : List.of(Family.IP, Family.IP6)) {
      NamedSet masquerade = family == Family.IP ? MASQUERADE4 : MASQUERADE6;
      change.addRule(
          POSTROUTING,
          Rule.rule()
              .nfproto(family)
              .iifname()
              .in(masquerade)
              .oifname()
              .notIn(BRIDGES)
              .masquerade());
    }
  }

  private static List<Value> names(
      Collection<BridgeNetwork> networks, Predicate<BridgeNetwork> which) {
    return networks.stream()
        .filter(which)
        .map(network -> Value.ofInterface(network.bridge()))
        .toList();
  }

  private static List<Value> pairs(Collection<BridgeNetwork> networks) {
    return networks.stream()
        .map(network -> Value.ofInterface(network.bridge()))
        .map(bridge -> bridge.and(bridge))
        .toList();
  }
}
