package dev.felucca.net.bridge;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.network.Cidr;
import dev.felucca.kernel.network.EndpointSpec;
import dev.felucca.kernel.network.PortBinding;
import dev.felucca.linux.nftables.Chain;
import dev.felucca.linux.nftables.DataType;
import dev.felucca.linux.nftables.Family;
import dev.felucca.linux.nftables.NamedSet;
import dev.felucca.linux.nftables.Rule;
import dev.felucca.linux.nftables.Transaction;
import dev.felucca.linux.nftables.Value;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The part of the table that leads the host's ports into containers: a port is one element of a
 * map.
 */
final class PublishedPorts {
  static final String PREROUTING = "prerouting";
  static final String OUTPUT = "output";
  static final String GUARD = "guard";
  static final int RULES = 4;
  private static final Map<String, Integer> PROTOCOLS = Map.of("tcp", 6, "udp", 17, "sctp", 132);
  private static final NamedSet PORTS4 = map("ports4", DataType.IPV4, false);
  private static final NamedSet PORTS4_AT = map("ports4_at", DataType.IPV4, true);
  private static final NamedSet PORTS6 = map("ports6", DataType.IPV6, false);
  private static final NamedSet PORTS6_AT = map("ports6_at", DataType.IPV6, true);

  /** Ports of containers that are reached by their own addresses. */
  private static final NamedSet ROUTED4 = routed("routed_ports4", DataType.IPV4);

  private static final NamedSet ROUTED6 = routed("routed_ports6", DataType.IPV6);

  private PublishedPorts() {}

  private static NamedSet routed(String name, DataType address) {
    return NamedSet.set(name, address, DataType.PROTOCOL, DataType.PORT);
  }

  /** The rule's end: it accepts what is sent to such a port. */
  static Rule routed(Rule rule, Family family) {
    return rule.nfproto(family)
        .daddr(family)
        .l4proto()
        .dport()
        .in(family == Family.IP ? ROUTED4 : ROUTED6)
        .accept();
  }

  static void addSets(Transaction change) {
    List.of(PORTS4, PORTS4_AT, PORTS6, PORTS6_AT, ROUTED4, ROUTED6).forEach(change::addSet);
  }

  private static NamedSet map(String name, DataType address, boolean at) {
    List<DataType> key =
        at
            ? List.of(address, DataType.PROTOCOL, DataType.PORT)
            : List.of(DataType.PROTOCOL, DataType.PORT);
    return NamedSet.map(name, key, List.of(address, DataType.PORT));
  }

  /** The chains; the bridges are the set of all of ours. */
  static void addTo(Transaction change, NamedSet bridges) {
    change.addChain(new Chain(PREROUTING, "nat", Chain.Hook.PREROUTING, Chain.DSTNAT, true));
    change.addChain(new Chain(OUTPUT, "nat", Chain.Hook.OUTPUT, Chain.DSTNAT, true));
    // The kernel takes no answer to ::1 from another interface: the relay leads that on.
    change.addRule(
        OUTPUT, Rule.rule().daddrIn(Cidr.address("::1"), 128).accept().comment("led on by hand"));
    for (String chain : List.of(PREROUTING, OUTPUT)) {
      redirect(change, chain, Family.IP, PORTS4_AT, PORTS4);
      redirect(change, chain, Family.IP6, PORTS6_AT, PORTS6);
    }
    // route_localnet lets the host's 127.0.0.1 out to a container; nobody may come in by it.
    change.addChain(new Chain(GUARD, "filter", Chain.Hook.PREROUTING, Chain.RAW, true));
    change.addRule(
        GUARD, Rule.rule().nfproto(Family.IP).daddrInLoopback().iifname().in(bridges).drop());
  }

  private static void redirect(
      Transaction change, String chain, Family family, NamedSet at, NamedSet any) {
    change.addRule(
        chain,
        Rule.rule()
            .nfproto(family)
            .daddrLocal()
            .daddr(family)
            .l4proto()
            .dport()
            .dnatTo(family, at));
    change.addRule(
        chain, Rule.rule().nfproto(family).daddrLocal().l4proto().dport().dnatTo(family, any));
  }

  static void put(Transaction change, Collection<EndpointSpec> endpoints) {
    Map<NamedSet, Map<Value, Value>> all = new LinkedHashMap<>();
    endpoints.forEach(endpoint -> collect(endpoint, all));
    all.forEach(change::putElements);
    change.addElements(ROUTED4, routed(endpoints, false));
    change.addElements(ROUTED6, routed(endpoints, true));
  }

  private static List<Value> routed(Collection<EndpointSpec> endpoints, boolean ipv6) {
    Set<Value> all = new LinkedHashSet<>();
    for (EndpointSpec endpoint : endpoints) {
      Optional<InetAddress> to = target(endpoint, ipv6);
      for (PortBinding port : endpoint.ports()) {
        if (port.routed() && to.isPresent() && port.hostIp().contains(":") == ipv6) {
          all.add(
              Value.of(to.get())
                  .and(Value.ofProtocol(protocol(port.protocol())))
                  .and(Value.ofPort(port.containerPort())));
        }
      }
    }
    return List.copyOf(all);
  }

  static void remove(Transaction change, EndpointSpec endpoint) {
    Map<NamedSet, Map<Value, Value>> all = new LinkedHashMap<>();
    collect(endpoint, all);
    all.forEach((map, entries) -> change.removeElements(map, List.copyOf(entries.keySet())));
    change.removeElements(ROUTED4, routed(List.of(endpoint), false));
    change.removeElements(ROUTED6, routed(List.of(endpoint), true));
  }

  private static void collect(EndpointSpec endpoint, Map<NamedSet, Map<Value, Value>> into) {
    for (PortBinding port : endpoint.ports()) {
      if (port.routed()) {
        continue;
      }
      if (port.hostIp().isEmpty()) {
        target(endpoint, false).ifPresent(to -> collect(port, Cidr.address("0.0.0.0"), to, into));
        target(endpoint, true).ifPresent(to -> collect(port, Cidr.address("::"), to, into));
        continue;
      }
      InetAddress host = Cidr.address(port.hostIp());
      target(endpoint, !(host instanceof Inet4Address))
          .ifPresent(to -> collect(port, host, to, into));
    }
  }

  private static void collect(
      PortBinding port, InetAddress host, InetAddress to, Map<NamedSet, Map<Value, Value>> into) {
    boolean ipv4 = host instanceof Inet4Address;
    Value key = Value.ofProtocol(protocol(port.protocol())).and(Value.ofPort(port.hostPort()));
    NamedSet map = ipv4 ? PORTS4 : PORTS6;
    if (!host.isAnyLocalAddress()) {
      map = ipv4 ? PORTS4_AT : PORTS6_AT;
      key = Value.of(host).and(key);
    }
    into.computeIfAbsent(map, any -> new LinkedHashMap<>())
        .put(key, Value.of(to).and(Value.ofPort(port.containerPort())));
  }

  static int protocol(String name) {
    Integer number = PROTOCOLS.get(name);
    if (number == null) {
      throw new EngineException(INVALID, "invalid protocol of a port: " + name);
    }
    return number;
  }

  static Optional<InetAddress> target(EndpointSpec endpoint, boolean ipv6) {
    return endpoint.addresses().stream()
        .map(Cidr::address)
        .filter(address -> address instanceof Inet4Address != ipv6)
        .findFirst();
  }
}
