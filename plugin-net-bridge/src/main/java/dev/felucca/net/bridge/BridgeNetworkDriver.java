package dev.felucca.net.bridge;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;
import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;
import static dev.felucca.kernel.EngineException.Kind.UNAVAILABLE;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.ListSetting;
import dev.felucca.kernel.network.Cidr;
import dev.felucca.kernel.network.Endpoint;
import dev.felucca.kernel.network.EndpointSpec;
import dev.felucca.kernel.network.Flow;
import dev.felucca.kernel.network.NetworkDriver;
import dev.felucca.kernel.network.NetworkSpec;
import dev.felucca.linux.Errno;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.netlink.Link;
import dev.felucca.linux.netlink.MacAddress;
import dev.felucca.linux.netlink.NetworkNamespace;
import dev.felucca.linux.netlink.RouteMessage;
import dev.felucca.linux.netlink.RouteSocket;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The network driver {@code bridge}. What it knows comes from the specs it is given; the host is
 * looked at before it is changed, so that a lost bridge or a flushed table is put right by the next
 * call, whichever it is.
 */
@Component(configurationPid = "dev.felucca.net.bridge")
@Designate(ocd = BridgeNetworkDriver.Config.class)
public final class BridgeNetworkDriver implements NetworkDriver {
  /** Settings of the driver. */
  @ObjectClassDefinition(name = "Bridge networks")
  public @interface Config {
    @AttributeDefinition(
        name = "Default bridge",
        description = "Interface of the network \"bridge\" where its options name none.")
    String bridge() default "felucca0";

    @AttributeDefinition(
        name = "Switch on forwarding",
        description = "Set net.ipv4.ip_forward when a network is made that is not internal.")
    boolean ip_forward() default true;

    @AttributeDefinition(
        name = "Published ports are for",
        description =
            "Ranges of addresses, as 10.0.0.0/8, of the other hosts that may reach published ports. Empty:"
                + " all. The host itself and its containers always may.")
    String[] published_from() default {};
  }

  private static final Logger LOG = LoggerFactory.getLogger(BridgeNetworkDriver.class);

  /** Networks are made and removed by one; endpoints join and leave side by side. */
  private final ReadWriteLock lock = new ReentrantReadWriteLock();

  private final Map<String, BridgeNetwork> networks = new ConcurrentHashMap<>();
  private final Map<String, EndpointSpec> endpoints = new ConcurrentHashMap<>();
  private final Syscalls linux;
  private final Owner owner;
  private final Wiring wiring;
  private final Pairs pairs;
  private final String defaultBridge;
  private final boolean forward;
  private final List<Cidr> publishedFrom;
  private @Nullable Watch watch;
  private long generation = -1;

  /** Whether interfaces are looked at though nobody told of a change. */
  private boolean look = true;

  private List<String> told = List.of();
  private @Nullable Optional<String> unusable;
  private @Nullable Host host;

  @Activate
  public BridgeNetworkDriver(@Reference Syscalls linux, BundleContext framework, Config config) {
    this(
        linux,
        Owner.of(Optional.ofNullable(framework.getProperty("felucca.data-root")).orElse("")),
        config.bridge(),
        config.ip_forward(),
        ListSetting.of(config.published_from()).stream().map(Cidr::parse).toList());
    this.watch = new Watch(this::heal);
  }

  /** Never throws: a kernel without bridges is an answer, see {@link #unusable}. */
  BridgeNetworkDriver(Syscalls linux, Owner owner, String defaultBridge, boolean forward) {
    this(linux, owner, defaultBridge, forward, List.of());
  }

  BridgeNetworkDriver(
      Syscalls linux,
      Owner owner,
      String defaultBridge,
      boolean forward,
      List<Cidr> publishedFrom) {
    this.linux = linux;
    this.publishedFrom = publishedFrom;
    this.owner = owner;
    this.wiring = new Wiring(owner);
    this.pairs = new Pairs(linux, wiring);
    this.defaultBridge = defaultBridge;
    this.forward = forward;
  }

  @Override
  public String name() {
    return "bridge";
  }

  @Override
  public synchronized Optional<String> unusable() {
    if (unusable == null) {
      unusable = Probe.missing(linux);
    }
    return unusable;
  }

  @Override
  public Map<String, String> status() {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put(FIREWALL, "nftables");
    facts.put("Firewall Table", owner.table().toString());
    try {
      facts.put("IPv4 Forwarding", Forwarding.isOn() ? "on" : "off");
      facts.put("IPv6 Forwarding", Forwarding.isOn6() ? "on" : "off");
      facts.put(
          "Published ports are for",
          publishedFrom.isEmpty()
              ? "everyone"
              : publishedFrom.stream().map(Cidr::toString).collect(Collectors.joining(", ")));
      List<String> dropping = host().nft().droppingForwardChains(owner.table());
      if (!dropping.isEmpty()) {
        facts.put("Forwarding also filtered by", String.join(", ", dropping));
        facts.put(
            WARNING,
            "packets of containers are dropped unless they are accepted there: "
                + String.join(", ", dropping));
      }
    } catch (IOException e) {
      facts.put("Host", e.getMessage());
    }
    return facts;
  }

  @Override
  public void createNetwork(NetworkSpec spec) throws IOException {
    BridgeNetwork.refuseUnknown(spec);
    BridgeNetwork network = BridgeNetwork.of(spec, defaultBridge);
    lock.writeLock().lock();
    try {
      Host host = host();
      BridgeNetwork known = networks.get(network.id());
      if (known != null && !known.equals(network)) {
        throw new EngineException(
            CONFLICT, "network " + spec.name() + " exists with other options");
      }
      refuseTakenBridge(network);
      networks.put(network.id(), network);
      try {
        repair(host, network);
      } catch (IOException | RuntimeException e) {
        if (known == null) {
          networks.remove(network.id());
          host.undo(network, List.copyOf(networks.values()), endpoints.values(), e);
        }
        throw e;
      }
    } finally {
      lock.writeLock().unlock();
    }
  }

  private void refuseTakenBridge(BridgeNetwork network) {
    for (BridgeNetwork other : networks.values()) {
      if (other.bridge().equals(network.bridge()) && !other.id().equals(network.id())) {
        throw new EngineException(
            CONFLICT, "bridge " + network.bridge() + " is used by network " + other.id());
      }
    }
  }

  @Override
  public void deleteNetwork(String networkId) throws IOException {
    lock.writeLock().lock();
    try {
      BridgeNetwork network = networks.get(networkId);
      if (endpoints.values().stream().anyMatch(e -> e.networkId().equals(networkId))) {
        throw new EngineException(CONFLICT, "network " + networkId + " has active endpoints");
      }
      if (network == null) {
        // Not known is not the same as not there: what an earlier life of this driver made must go,
        // too.
        host().bridges().sweepOne(networkId);
        return;
      }
      networks.remove(networkId);
      try {
        host().remove(network, List.copyOf(networks.values()), endpoints.values());
      } catch (IOException e) {
        networks.put(networkId, network);
        throw e;
      }
    } finally {
      lock.writeLock().unlock();
    }
  }

  @Override
  public Endpoint join(NetworkSpec spec, EndpointSpec endpoint, String namespace)
      throws IOException {
    BridgeNetwork network = BridgeNetwork.of(spec, defaultBridge);
    MacAddress mac = Macs.chosen(endpoint.macAddress(), endpoint.id(), endpoint.addresses());
    if (endpoint.interfaceName().isEmpty()) {
      throw new EngineException(INVALID, "an endpoint on a bridge needs an interface name");
    }
    if (!intact(network)) {
      createNetwork(spec);
    }
    lock.readLock().lock();
    try {
      EndpointSpec before = endpoints.put(endpoint.id(), endpoint);
      try {
        if (before != null) {
          host().unpublish(before, networks.values(), endpoints.values());
        }
        wire(host(), network, endpoint, namespace);
      } catch (IOException | RuntimeException e) {
        if (before == null) {
          endpoints.remove(endpoint.id());
        }
        throw e;
      }
    } finally {
      lock.readLock().unlock();
    }
    return new Endpoint(endpoint.id(), mac.toString());
  }

  private boolean intact(BridgeNetwork network) throws IOException {
    lock.readLock().lock();
    try {
      return network.equals(networks.get(network.id()))
          && host().intact(network, networks.values());
    } finally {
      lock.readLock().unlock();
    }
  }

  private void wire(Host host, BridgeNetwork network, EndpointSpec endpoint, String namespace)
      throws IOException {
    NetworkNamespace container = NetworkNamespace.open(linux, namespace);
    try {
      pairs.make(host, network, endpoint, container);
      try {
        host.publish(network, endpoint);
      } catch (IOException | RuntimeException e) {
        pairs.unmake(host, endpoint, e);
        throw e;
      }
    } catch (IOException | RuntimeException e) {
      container.close();
      throw e;
    }
    pairs.keep(endpoint.id(), container);
  }

  @Override
  public void update(NetworkSpec spec, EndpointSpec endpoint, String namespace) throws IOException {
    BridgeNetwork network = BridgeNetwork.of(spec, defaultBridge);
    if (!intact(network)) {
      createNetwork(spec);
    }
    lock.readLock().lock();
    try {
      EndpointSpec before = endpoints.get(endpoint.id());
      if (before == null) {
        throw new EngineException(NOT_FOUND, "endpoint " + endpoint.id() + " not found");
      }
      if (!before.ports().equals(endpoint.ports())) {
        host().republish(network, before, endpoint, networks.values(), endpoints.values());
      }
      endpoints.put(endpoint.id(), endpoint);
      if (!before.gateways().equals(endpoint.gateways()) && !network.internal()) {
        try (NetworkNamespace container = NetworkNamespace.open(linux, namespace);
            RouteSocket inside = container.route()) {
          reroute(inside, before, endpoint);
        }
      }
    } finally {
      lock.readLock().unlock();
    }
  }

  private static void reroute(RouteSocket inside, EndpointSpec before, EndpointSpec now)
      throws IOException {
    Link link =
        inside
            .link(now.interfaceName())
            .orElseThrow(() -> new IOException(now.interfaceName() + " vanished"));
    for (String gateway : before.gateways()) {
      if (!now.gateways().contains(gateway)) {
        inside.executeUnless(
            Errno.ESRCH, RouteMessage.removeDefaultVia(Cidr.address(gateway), link.index()));
      }
    }
    for (String gateway : now.gateways()) {
      if (!before.gateways().contains(gateway)) {
        inside.execute(RouteMessage.defaultVia(Cidr.address(gateway), link.index()));
      }
    }
  }

  @Override
  public void allow(String networkId, List<Flow> flows) throws IOException {
    lock.writeLock().lock();
    try {
      BridgeNetwork network = networks.get(networkId);
      if (network == null) {
        throw new EngineException(NOT_FOUND, "network " + networkId + " not found");
      }
      if (!network.icc()) {
        host().allow(network, flows, networks.values(), endpoints.values());
      }
    } finally {
      lock.writeLock().unlock();
    }
  }

  @Override
  public void leave(String networkId, String endpointId) throws IOException {
    lock.readLock().lock();
    try {
      EndpointSpec endpoint = endpoints.remove(endpointId);
      try {
        if (endpoint != null) {
          host().unpublish(endpoint, networks.values(), endpoints.values());
        }
        host().deletions().delete(Owner.portName(endpointId));
        pairs.forget(endpointId);
      } catch (IOException | RuntimeException e) {
        if (endpoint != null) {
          endpoints.put(endpointId, endpoint);
        }
        throw e;
      }
    } finally {
      lock.readLock().unlock();
    }
  }

  @Override
  public void adopt(List<NetworkSpec> specs, Map<EndpointSpec, String> listed) throws IOException {
    lock.writeLock().lock();
    try {
      Host host = host();
      Map<String, BridgeNetwork> wanted = new LinkedHashMap<>();
      specs.forEach(spec -> wanted.put(spec.id(), BridgeNetwork.of(spec, defaultBridge)));
      networks.clear();
      networks.putAll(wanted);
      endpoints.clear();
      host.firewall().forgetLinked();
      pairs.forgetAll();
      listed.forEach(
          (endpoint, namespace) -> {
            endpoints.put(endpoint.id(), endpoint);
            pairs.keep(endpoint.id(), namespace);
          });
      look = true;
      host.bridges().sweep(wanted.keySet(), endpoints.keySet());
      IOException failure = null;
      for (BridgeNetwork network : wanted.values()) {
        try {
          repairBridge(host, network);
        } catch (IOException | EngineException e) {
          // One network that cannot be had is no reason to leave the others broken.
          failure =
              collect(
                  failure, new IOException("network " + network.id() + ": " + e.getMessage(), e));
        }
      }
      host.nft()
          .commit(
              wanted.isEmpty()
                  ? host.firewall().none()
                  : host.firewall().whole(wanted.values(), endpoints.values()));
      host.ports().releaseAll();
      for (EndpointSpec endpoint : endpoints.values()) {
        host.ports().reserveAgain(endpoint);
      }
      if (failure != null) {
        throw failure;
      }
    } finally {
      lock.writeLock().unlock();
    }
  }

  private static IOException collect(@Nullable IOException first, IOException next) {
    if (first == null) {
      return next;
    }
    first.addSuppressed(next);
    return first;
  }

  private void repair(Host host, BridgeNetwork network) throws IOException {
    repairBridge(host, network);
    if (!host.firewall().intact(host.nft(), networks.values())) {
      host.nft().commit(host.firewall().whole(networks.values(), endpoints.values()));
    }
  }

  private void repairBridge(Host host, BridgeNetwork network) throws IOException {
    if (forward && !network.internal()) {
      Forwarding.on(network.ipv6());
    }
    Link bridge = host.bridges().ensure(network);
    host.bridges().address(network, bridge);
    List<EndpointSpec> ours =
        endpoints.values().stream().filter(e -> e.networkId().equals(network.id())).toList();
    host.bridges().reattach(network, bridge, ours.stream().map(EndpointSpec::id).toList());
    if (host.firewall().lets(network.id())) {
      Forwarding.throughHost(network.bridge());
    }
    if (ours.stream().anyMatch(endpoint -> !endpoint.ports().isEmpty())) {
      Forwarding.fromLoopback(network.bridge());
    }
  }

  /**
   * The messages as they are sent, but for three numbers that only the host decides: the bridge's
   * index where it isn't there yet (0), the container's namespace (descriptor 0) and its interface
   * (index 2).
   */
  @Override
  public List<String> explain(NetworkSpec spec, EndpointSpec endpoint) {
    BridgeNetwork network = BridgeNetwork.of(spec, defaultBridge);
    MacAddress mac = Macs.chosen(endpoint.macAddress(), endpoint.id(), endpoint.addresses());
    List<String> lines = new ArrayList<>();
    int index = 0;
    int mtu = network.mtu();
    try {
      Optional<Link> bridge = host().route().link(network.bridge());
      index = bridge.map(Link::index).orElse(0);
      mtu = bridge.map(Link::mtu).orElse(mtu);
    } catch (IOException e) {
      lines.add("host: cannot be asked: " + e.getMessage());
    }
    wiring.host(network, endpoint, mac, mtu, index, 0).forEach(m -> lines.add("host: " + m));
    wiring.inside(network, endpoint, 2).forEach(m -> lines.add("container: " + m));
    new Firewall(owner.table())
        .publish(endpoint)
        .messages()
        .forEach(m -> lines.add("nftables: " + m));
    return lines;
  }

  private synchronized Host host() throws IOException {
    if (host == null) {
      if (unusable().isPresent()) {
        throw new EngineException(UNAVAILABLE, "network driver bridge: " + unusable().get());
      }
      host = Host.open(linux, owner, publishedFrom);
    }
    return host;
  }

  /**
   * Puts right what somebody else took away: the permission to forward, a bridge, its addresses, a
   * container's interface, the table.
   */
  void heal() throws IOException {
    lock.writeLock().lock();
    try {
      if (networks.isEmpty()) {
        return;
      }
      Host host = host();
      List<BridgeNetwork> leading = networks.values().stream().filter(n -> !n.internal()).toList();
      if (forward && !leading.isEmpty()) {
        Forwarding.on(leading.stream().anyMatch(BridgeNetwork::ipv6));
      }
      for (BridgeNetwork network : networks.values()) {
        if (host.route().link(network.bridge()).filter(Link::up).isEmpty()) {
          LOG.warn("bridge {} was gone or down: it is put right", network.bridge());
          repairBridge(host, network);
        }
      }
      healTable(host);
      healInterfaces(host);
    } finally {
      lock.writeLock().unlock();
    }
  }

  private void healTable(Host host) throws IOException {
    long now = host.nft().generation();
    if (now == generation) {
      return;
    }
    if (!host.firewall().intact(host.nft(), networks.values())) {
      LOG.warn("nftables table {} was changed or gone: it is made again", owner.table());
      host.nft().commit(host.firewall().whole(networks.values(), endpoints.values()));
    }
    tellDropping(host);
    generation = host.nft().generation();
  }

  /** One that cannot be put right keeps no other from it, and is tried again when it may be. */
  private void healInterfaces(Host host) throws IOException {
    boolean changed = host.changes().heard() || look;
    look = false;
    IOException failure = null;
    Map<String, Link> links = new HashMap<>();
    if (changed) {
      host.route().links().forEach(link -> links.put(link.name(), link));
      for (BridgeNetwork network : networks.values()) {
        Link bridge = links.get(network.bridge());
        if (bridge != null && host.bridges().address(network, bridge)) {
          LOG.warn("bridge {} had lost an address: it has it again", network.bridge());
        }
      }
    }
    for (EndpointSpec endpoint : endpoints.values()) {
      BridgeNetwork network = networks.get(endpoint.networkId());
      if (network == null) {
        continue;
      }
      try {
        Link bridge = links.get(network.bridge());
        if (bridge != null) {
          Link port = links.get(Owner.portName(endpoint.id()));
          pairs.putRight(host, network, endpoint, bridge, port);
        }
        pairs.tend(network, endpoint);
      } catch (IOException | EngineException e) {
        String of = "container " + endpoint.container().shortForm() + ": " + e.getMessage();
        failure = collect(failure, new IOException(of, e));
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  /** Said once for each change of what drops: containers reach nobody then, and nobody them. */
  private void tellDropping(Host host) throws IOException {
    List<String> dropping = host.nft().droppingForwardChains(owner.table());
    if (!dropping.isEmpty() && !dropping.equals(told)) {
      LOG.warn(
          "what {} does not accept is dropped, of containers too: no table can accept for another",
          String.join(", ", dropping));
    }
    told = dropping;
  }

  @Deactivate
  void close() {
    if (watch != null) {
      watch.close();
    }
    pairs.forgetAll();
    synchronized (this) {
      if (host != null) {
        host.close();
      }
    }
  }
}
