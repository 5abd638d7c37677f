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
  private static final NamedSet MASQUERADE = NamedSet.set("masquerade", DataType.INTERFACE);
  private static final NamedSet LINKED =
      NamedSet.set("linked", DataType.IPV4, DataType.IPV4, DataType.PROTOCOL, DataType.PORT);
  private static final String FORWARD = "forward";
  private static final String POSTROUTING = "postrouting";
  private static final int FORWARD_RULES = 6;
  private static final int POSTROUTING_RULES = 3;

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

  /** Puts the table in place, whatever was there of it, in one step: no packet sees half of it. */
  Transaction whole(Collection<BridgeNetwork> networks, Collection<EndpointSpec> endpoints) {
    Transaction change = new Transaction(table).addTable().deleteTable().addTable();
    for (NamedSet set : List.of(BRIDGES, SAME, APART, INTERNAL, MASQUERADE, LINKED)) {
      change.addSet(set);
    }
    forward(change);
    postrouting(change);
    PublishedPorts.addTo(change, BRIDGES);
    PublishedPorts.put(change, endpoints);
    change.addElements(BRIDGES, names(networks, network -> true));
    change.addElements(SAME, pairs(networks));
    change.addElements(APART, names(networks, network -> !network.icc()));
    change.addElements(INTERNAL, names(networks, BridgeNetwork::internal));
    change.addElements(LINKED, linked());
    change.addElements(MASQUERADE, names(networks, BridgeNetwork::masquerade));
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
      return nft.rules(table, FORWARD) == forwardRules()
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

  private int forwardRules() {
    return FORWARD_RULES + (publishedFrom.isEmpty() ? 1 : 1 + publishedFrom.size());
  }

  private void forward(Transaction change) {
    change.addChain(new Chain(FORWARD, "filter", Chain.Hook.FORWARD, Chain.FILTER, true));
    change.addRule(FORWARD, Rule.rule().ctState(Rule.ESTABLISHED_OR_RELATED).accept());
    if (publishedFrom.isEmpty()) {
      change.addRule(FORWARD, Rule.rule().ctStatusDnat().accept().comment("published ports"));
    } else {
      change.addRule(
          FORWARD,
          Rule.rule().ctStatusDnat().iifname().in(BRIDGES).accept().comment("published ports"));
      for (Cidr from : publishedFrom) {
        change.addRule(
            FORWARD, Rule.rule().ctStatusDnat().saddrIn(from.address(), from.prefix()).accept());
      }
    }
    change.addRule(
        FORWARD,
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
    change.addRule(FORWARD, Rule.rule().iifname().in(APART).oifname().in(APART).drop());
    change.addRule(FORWARD, Rule.rule().iifname().oifname().in(SAME).accept());
    change.addRule(
        FORWARD, Rule.rule().oifname().in(BRIDGES).drop().comment("other networks, outside"));
    change.addRule(FORWARD, Rule.rule().iifname().in(INTERNAL).drop());
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
    change.addRule(
        POSTROUTING, Rule.rule().iifname().in(MASQUERADE).oifname().notIn(BRIDGES).masquerade());
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
