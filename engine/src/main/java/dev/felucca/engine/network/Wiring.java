package dev.felucca.engine.network;

import static dev.felucca.kernel.EngineException.Kind.FORBIDDEN;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;

import dev.felucca.engine.driver.DriverTable;
import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.EndpointConfig;
import dev.felucca.kernel.container.HostPort;
import dev.felucca.kernel.network.Cidr;
import dev.felucca.kernel.network.Endpoint;
import dev.felucca.kernel.network.EndpointSpec;
import dev.felucca.kernel.network.Flow;
import dev.felucca.kernel.network.NetworkDriver;
import dev.felucca.kernel.network.NetworkSpec;
import dev.felucca.kernel.network.PortBinding;
import dev.felucca.kernel.network.Subnet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Who is in which network with which address and ports. An address or port is taken before the
 * driver hears of it and given back after the driver has let go: it is never given twice.
 * Thread-safe; no lock is held over a driver's call but that of {@link Agreements}.
 */
public final class Wiring {
  private final NetworkBook book;
  private final DriverTable<NetworkDriver> drivers;
  private final HostPorts ports;
  private final Naming naming;
  private final Addresses addresses = new Addresses();
  private final Agreements agreements = new Agreements();
  private final Map<String, EndpointInUse> inUse = new ConcurrentHashMap<>();

  /** What drivers are told to keep: endpoints being joined or joined, each with its namespace. */
  private final Map<String, String> wired = new ConcurrentHashMap<>();

  /** Left by their containers when the driver could not take them away. */
  private final Map<String, EndpointInUse> left = new ConcurrentHashMap<>();

  Wiring(NetworkBook book, DriverTable<NetworkDriver> drivers, HostPorts ports, Naming naming) {
    this.naming = naming;
    this.book = book;
    this.ports = ports;
    this.drivers = drivers;
    drivers.onArrival(agreements::came);
  }

  /** Refuses a network that isn't there: NOT_FOUND. */
  public NetworkRecord network(String ref) {
    return book.get(ref);
  }

  /** The network, where there is one. */
  public Optional<NetworkRecord> findNetwork(String ref) {
    return book.find(ref);
  }

  /** True when containers of this network have a network namespace of their own. */
  public boolean isolated(NetworkRecord network) throws IOException {
    return drivers.use(network.driver(), NetworkDriver::isolated);
  }

  /** Decides a container's place in a network and takes its addresses; ports and routes follow. */
  public EndpointInUse reserve(PlaceRequest request) {
    NetworkRecord network = request.network();
    EndpointConfig asked = request.asked();
    List<Subnet> subnets = network.spec().subnets();
    if (network.configOnly()) {
      throw new EngineException(FORBIDDEN, "cannot create endpoint on configuration-only network");
    }
    EndpointCheck.against(network, asked);
    List<Cidr> taken;
    try {
      taken = addresses.take(network, asked);
    } catch (EngineException e) {
      throw new EngineException(
          e.kind(), "failed to set up container networking: " + e.getMessage(), e);
    }
    List<String> ways = waysOut(network, taken);
    EndpointSpec spec =
        new EndpointSpec(
            ContainerId.randomHex(),
            network.spec().id(),
            request.container(),
            subnets.isEmpty() ? "" : request.interfaceName(),
            taken,
            List.of(),
            request.macAddress().isEmpty() ? null : request.macAddress(),
            List.of(),
            asked.driverOptions(),
            subnets.isEmpty() ? List.of() : request.dnsNames(),
            request.dnsServers(),
            subnets.isEmpty() ? List.of() : LinkLocal.of(asked),
            request.tended());
    EndpointInUse endpoint =
        new EndpointInUse(
            network.spec().name(), network.driver(), spec, "", ways, asked.gatewayPriority());
    inUse.put(spec.id(), endpoint);
    EndpointCheck.warnOfSameMac(spec, endpoints(spec.networkId()));
    // After: a removal that began before sees the place, one that begins now is seen here.
    if (book.isLeaving(network.spec().id())) {
      release(endpoint);
      throw new EngineException(NOT_FOUND, "network " + network.spec().name() + " not found");
    }
    return endpoint;
  }

  /** The gateways of these addresses' subnets. */
  private static List<String> waysOut(NetworkRecord network, List<Cidr> taken) {
    if (network.spec().internal()) {
      return List.of();
    }
    List<String> ways = new ArrayList<>();
    for (Cidr address : taken) {
      network.spec().subnets().stream()
          .filter(subnet -> subnet.cidr().contains(address.address()))
          .filter(subnet -> !subnet.gateway().isEmpty())
          .findFirst()
          .ifPresent(subnet -> ways.add(subnet.gateway()));
    }
    return List.copyOf(ways);
  }

  /** The network is gone: its addresses are nobody's. */
  void forget(NetworkRecord network) {
    addresses.forget(network);
  }

  /** Whether ports can be published at this endpoint; not while its driver is away. */
  public boolean publishes(EndpointInUse endpoint) {
    try {
      return drivers.use(endpoint.driver(), NetworkDriver::publishes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Takes ports for an endpoint that has not joined yet.
   *
   * @param bindings by {@code 80/tcp}; no host port is any that is free
   */
  public EndpointInUse publish(EndpointInUse endpoint, Map<String, List<HostPort>> bindings) {
    if (bindings.isEmpty()) {
      return endpoint;
    }
    List<PortBinding> taken;
    try {
      taken = ports.take(bindings, hostBinding(endpoint), families(endpoint));
    } catch (EngineException e) {
      throw new EngineException(
          e.kind(),
          "failed to set up container networking: driver failed programming external connectivity on"
              + " endpoint "
              + endpoint.spec().dnsNames().stream()
                  .findFirst()
                  .orElse(endpoint.spec().container().shortForm())
              + " ("
              + endpoint.spec().id()
              + "): "
              + e.getMessage(),
          e);
    }
    EndpointInUse published = endpoint.withSpec(endpoint.spec().withPorts(taken));
    inUse.put(endpoint.spec().id(), published);
    return published;
  }

  /** Takes ports for a container that runs; {@link #givePortsBack} when nothing comes of it. */
  public List<PortBinding> takePorts(EndpointInUse endpoint, Map<String, List<HostPort>> bindings) {
    return ports.take(bindings, hostBinding(endpoint), families(endpoint));
  }

  private String hostBinding(EndpointInUse endpoint) {
    return book.find(endpoint.spec().networkId()).map(NetworkRecord::hostBinding).orElse("");
  }

  private HostPorts.Families families(EndpointInUse endpoint) {
    return book.find(endpoint.spec().networkId())
        .map(
            network ->
                new HostPorts.Families(
                    !network.spec().noIpv4(),
                    network.spec().ipv6(),
                    network.routed(4),
                    network.routed(6)))
        .orElse(HostPorts.Families.TRANSLATED);
  }

  /** What {@link #takePorts} took is nobody's. */
  public void givePortsBack(List<PortBinding> given) {
    ports.giveBack(given);
  }

  /** Has the driver make a joined endpoint agree with its changed spec. */
  public EndpointInUse update(EndpointInUse changed, String namespace) throws IOException {
    agree(changed.driver());
    NetworkRecord network = book.get(changed.spec().networkId());
    drivers.run(
        changed.driver(), driver -> driver.update(network.spec(), changed.spec(), namespace));
    inUse.put(changed.spec().id(), changed);
    naming.announce(changed);
    return changed;
  }

  /** Lets these flows and no others pass in a network that keeps its containers apart. */
  public void allow(NetworkRecord network, List<Flow> flows) throws IOException {
    agree(network.driver());
    drivers.run(network.driver(), driver -> driver.allow(network.spec().id(), flows));
  }

  /** Makes the endpoint in the container's namespace. */
  public EndpointInUse join(EndpointInUse endpoint, String namespace) throws IOException {
    agree(endpoint.driver());
    wired.put(endpoint.spec().id(), namespace);
    NetworkRecord network = book.get(endpoint.spec().networkId());
    Endpoint made =
        drivers.use(
            endpoint.driver(), driver -> driver.join(network.spec(), endpoint.spec(), namespace));
    EndpointInUse joined = endpoint.withMac(made.macAddress());
    inUse.put(endpoint.spec().id(), joined);
    naming.announce(joined);
    return joined;
  }

  /**
   * Has the driver take the endpoint away, then gives back what it had. Repeats safely. When the
   * driver cannot, the endpoint goes, and is given back, when the driver comes again.
   */
  public void leave(EndpointInUse endpoint) throws IOException {
    leave(endpoint, "");
  }

  /** As {@link #leave(EndpointInUse)}, of a container that goes on in this namespace. */
  public void leave(EndpointInUse endpoint, String namespace) throws IOException {
    naming.retract(endpoint.spec().id());
    wired.remove(endpoint.spec().id());
    boolean gone = false;
    try {
      // A driver that is being handed the endpoint at this moment would make it again after it
      // left.
      agree(endpoint.driver());
      drivers.run(
          endpoint.driver(),
          driver -> driver.leave(endpoint.spec().networkId(), endpoint.spec().id(), namespace));
      gone = true;
    } finally {
      if (!gone && inUse.containsKey(endpoint.spec().id())) {
        left.put(endpoint.spec().id(), endpoint);
      }
    }
    release(endpoint);
  }

  /** Gives back address and ports of an endpoint that no driver has. Repeats safely. */
  public void release(EndpointInUse endpoint) {
    naming.retract(endpoint.spec().id());
    wired.remove(endpoint.spec().id());
    left.remove(endpoint.spec().id());
    EndpointInUse last = inUse.remove(endpoint.spec().id());
    if (last == null) {
      return;
    }
    ports.giveBack(last.spec().ports());
    book.find(last.spec().networkId())
        .ifPresent(network -> addresses.giveBack(network, last.spec().addresses()));
  }

  /** Takes what a container has from before this engine. */
  public void restore(EndpointInUse endpoint, String namespace) {
    inUse.put(endpoint.spec().id(), endpoint);
    wired.put(endpoint.spec().id(), namespace);
    naming.announce(endpoint);
    ports.mark(endpoint.spec().ports());
    book.find(endpoint.spec().networkId())
        .ifPresent(network -> addresses.mark(network, endpoint.spec().addresses()));
  }

  /**
   * Has the host agree with what is in use, once for each coming of the driver; endpoints that it
   * could not take away before are given back then.
   */
  public void agree(String driverName) throws IOException {
    agreements.agree(driverName, () -> tell(driverName));
  }

  private void tell(String driverName) throws IOException {
    List<EndpointInUse> given = List.copyOf(left.values());
    Map<EndpointSpec, String> endpoints = new HashMap<>();
    for (EndpointInUse endpoint : inUse.values()) {
      String namespace = wired.get(endpoint.spec().id());
      if (namespace != null && endpoint.driver().equals(driverName)) {
        endpoints.put(endpoint.spec(), namespace);
      }
    }
    List<NetworkSpec> networks =
        book.all().stream()
            .filter(network -> network.driver().equals(driverName))
            .filter(network -> !network.configOnly())
            .map(NetworkRecord::spec)
            .toList();
    drivers.run(driverName, driver -> driver.adopt(networks, endpoints));
    given.stream().filter(endpoint -> endpoint.driver().equals(driverName)).forEach(this::release);
  }

  /** Has every driver take away what it made; nothing is made again before the next agreement. */
  void leaveHost() throws IOException {
    if (!inUse.isEmpty()) {
      throw new EngineException(
          EngineException.Kind.CONFLICT,
          "networks are in use by " + inUse.size() + " running containers: stop them first");
    }
    for (String name : drivers.names()) {
      if (drivers.usable(name)) {
        agree(name); // or one that is under way would make it all again
        drivers.run(name, driver -> driver.adopt(List.of(), Map.of()));
      }
    }
  }

  /** The endpoints of a network that are in use now. */
  public List<EndpointInUse> endpoints(String networkId) {
    return inUse.values().stream()
        .filter(endpoint -> endpoint.spec().networkId().equals(networkId))
        .toList();
  }

  /** For people: the messages that make this endpoint. */
  public List<String> explain(EndpointInUse endpoint) throws IOException {
    NetworkRecord network = book.get(endpoint.spec().networkId());
    return drivers.use(
        endpoint.driver(), driver -> driver.explain(network.spec(), endpoint.spec()));
  }

  /** The address by which a container reaches the host, for {@code host-gateway}; null for none. */
  public @Nullable String hostGateway() {
    return book.find("bridge")
        .flatMap(bridge -> bridge.spec().subnets().stream().findFirst())
        .map(Subnet::gateway)
        .orElse(null);
  }
}
