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
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.netlink.MacAddress;
import dev.felucca.linux.netlink.NetworkNamespace;
import dev.felucca.linux.netlink.RouteSocket;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.Designate;

/**
 * The network driver {@code bridge}. What it knows comes from the specs it is given; the host is
 * looked at before it is changed, so that a lost bridge or a flushed table is put right by the next
 * call, whichever it is.
 */
@Component(configurationPid = "dev.felucca.net.bridge")
@Designate(ocd = BridgeConfig.class)
public final class BridgeNetworkDriver implements NetworkDriver {
  /** Networks are made and removed by one; endpoints join and leave side by side. */
  private final ReadWriteLock lock = new ReentrantReadWriteLock();

  private final Inventory wanted = new Inventory();
  private final Syscalls linux;
  private final Owner owner;
  private final Wiring wiring;
  private final Pairs pairs;
  private final Healing healing;
  private final String defaultBridge;
  private final boolean forward;
  private final List<Cidr> publishedFrom;
  private @Nullable Watch watch;
  private @Nullable Optional<String> unusable;
  private @Nullable Host host;

  @Activate
  public BridgeNetworkDriver(
      @Reference Syscalls linux, BundleContext framework, BridgeConfig config) {
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
    this.healing = new Healing(wanted, pairs);
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
      List<String> dropping = host().droppingForwardChains();
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
      BridgeNetwork known = wanted.network(network.id());
      if (known != null && !known.equals(network)) {
        throw new EngineException(
            CONFLICT, "network " + spec.name() + " exists with other options");
      }
      refuseTakenBridge(network);
      wanted.put(network);
      try {
        host.ensureBridge(network, wanted);
        if (!host.hasTable(wanted)) {
          host.makeTable(wanted);
        }
      } catch (IOException | RuntimeException e) {
        if (known == null) {
          wanted.removeNetwork(network.id());
          host.undo(network, wanted, e);
        }
        throw e;
      }
    } finally {
      lock.writeLock().unlock();
    }
  }

  private void refuseTakenBridge(BridgeNetwork network) {
    for (BridgeNetwork other : wanted.networks()) {
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
      if (!wanted.endpointsOf(networkId).isEmpty()) {
        throw new EngineException(CONFLICT, "network " + networkId + " has active endpoints");
      }
      BridgeNetwork network = wanted.network(networkId);
      if (network == null) {
        // Not known is not the same as not there: what an earlier life of this driver made must go,
        // too.
        host().bridges().sweepOne(networkId);
        return;
      }
      wanted.removeNetwork(networkId);
      try {
        host().remove(network, wanted);
      } catch (IOException e) {
        wanted.put(network);
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
      EndpointSpec before = wanted.put(endpoint);
      try {
        if (before != null) {
          host().unpublish(before, wanted);
        }
        wire(host(), network, endpoint, namespace);
      } catch (IOException | RuntimeException e) {
        if (before == null) {
          wanted.removeEndpoint(endpoint.id());
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
      return network.equals(wanted.network(network.id())) && host().intact(network, wanted);
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
      EndpointSpec before = wanted.endpoint(endpoint.id());
      if (before == null) {
        throw new EngineException(NOT_FOUND, "endpoint " + endpoint.id() + " not found");
      }
      if (!before.ports().equals(endpoint.ports())) {
        host().republish(network, before, endpoint, wanted);
      }
      wanted.put(endpoint);
      if (!before.gateways().equals(endpoint.gateways()) && network.wayOut() != WayOut.NONE) {
        try (NetworkNamespace container = NetworkNamespace.open(linux, namespace);
            RouteSocket inside = container.route()) {
          new ContainerEnd(endpoint, network.wayOut()).reroute(inside, before.gateways());
        }
      }
    } finally {
      lock.readLock().unlock();
    }
  }

  @Override
  public void allow(String networkId, List<Flow> flows) throws IOException {
    lock.writeLock().lock();
    try {
      BridgeNetwork network = wanted.network(networkId);
      if (network == null) {
        throw new EngineException(NOT_FOUND, "network " + networkId + " not found");
      }
      if (!network.icc()) {
        host().allow(network, flows, wanted);
      }
    } finally {
      lock.writeLock().unlock();
    }
  }

  @Override
  public void leave(String networkId, String endpointId) throws IOException {
    lock.readLock().lock();
    try {
      EndpointSpec endpoint = wanted.removeEndpoint(endpointId);
      try {
        if (endpoint != null) {
          host().unpublish(endpoint, wanted);
        }
        host().deletions().delete(Owner.portName(endpointId));
        pairs.forget(endpointId);
      } catch (IOException | RuntimeException e) {
        if (endpoint != null) {
          wanted.put(endpoint);
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
      List<BridgeNetwork> networks =
          specs.stream().map(spec -> BridgeNetwork.of(spec, defaultBridge)).toList();
      wanted.clear();
      networks.forEach(wanted::put);
      host.firewall().forgetLinked();
      pairs.forgetAll();
      listed.forEach(
          (endpoint, namespace) -> {
            wanted.put(endpoint);
            pairs.keep(endpoint.id(), namespace);
          });
      healing.lookAnew();
      host.bridges().sweep(wanted.networkIds(), wanted.endpointIds());
      Failures failures = new Failures();
      for (BridgeNetwork network : networks) {
        try {
          host.ensureBridge(network, wanted);
        } catch (IOException | EngineException e) {
          failures.add("network " + network.id(), e);
        }
      }
      host.makeTable(wanted);
      host.ports().releaseAll();
      for (EndpointSpec endpoint : wanted.endpoints()) {
        host.ports().reserveAgain(endpoint);
      }
      failures.tell();
    } finally {
      lock.writeLock().unlock();
    }
  }

  @Override
  public List<String> explain(NetworkSpec spec, EndpointSpec endpoint) {
    BridgeNetwork network = BridgeNetwork.of(spec, defaultBridge);
    return new Explanation(owner, network, endpoint).lines(this::host);
  }

  private synchronized Host host() throws IOException {
    if (host == null) {
      if (unusable().isPresent()) {
        throw new EngineException(UNAVAILABLE, "network driver bridge: " + unusable().get());
      }
      host = Host.open(linux, owner, publishedFrom, forward);
    }
    return host;
  }

  /** A look at what there is to be, see {@link Healing}. */
  void heal() throws IOException {
    lock.writeLock().lock();
    try {
      if (!wanted.networks().isEmpty()) {
        healing.heal(host());
      }
    } finally {
      lock.writeLock().unlock();
    }
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
