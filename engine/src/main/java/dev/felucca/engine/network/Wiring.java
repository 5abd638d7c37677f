package dev.felucca.engine.network;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.engine.driver.DriverTable;
import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.EndpointConfig;
import dev.felucca.kernel.network.Cidr;
import dev.felucca.kernel.network.Endpoint;
import dev.felucca.kernel.network.EndpointSpec;
import dev.felucca.kernel.network.NetworkDriver;
import dev.felucca.kernel.network.PortBinding;
import dev.felucca.kernel.network.Subnet;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Who is in which network with which address and ports. An address or port is taken before the
 * driver hears of it and given back after the driver has let go: it is never given twice.
 */
public final class Wiring {
  private final NetworkBook book;
  private final DriverTable<NetworkDriver> drivers;
  private final HostPorts ports = new HostPorts();
  private final Map<String, Ipv4Range> ranges = new ConcurrentHashMap<>();
  private final Map<String, EndpointInUse> inUse = new ConcurrentHashMap<>();

  /** What drivers are told to keep: endpoints being joined or joined. */
  private final Set<String> wired = ConcurrentHashMap.newKeySet();

  /** Left by their containers when the driver could not take them away. */
  private final Map<String, EndpointInUse> left = new ConcurrentHashMap<>();

  /** How often each driver has come, and at which coming it was told what is there. */
  private final Map<String, Integer> comings = new HashMap<>();

  private final Map<String, Integer> agreed = new HashMap<>();

  Wiring(NetworkBook book, DriverTable<NetworkDriver> drivers) {
    this.book = book;
    this.drivers = drivers;
    // A driver that comes, or comes again, has to be told what is there before it is asked for
    // more.
    drivers.onArrival(this::forgetAgreement);
  }

  private void forgetAgreement(String driver) {
    synchronized (agreed) {
      comings.merge(driver, 1, Integer::sum);
    }
  }

  /** Refuses a network that isn't there: NOT_FOUND. */
  public NetworkRecord network(String ref) {
    return book.get(ref);
  }

  /** True when containers of this network have a network namespace of their own. */
  public boolean isolated(NetworkRecord network) throws IOException {
    return drivers.use(network.driver(), NetworkDriver::isolated);
  }

  /**
   * Decides a container's place in a network and takes its address and ports.
   *
   * @param bindings ports asked for by number
   * @param exposed ports to be published wherever there is room
   */
  public EndpointInUse reserve(
      ContainerId container,
      NetworkRecord network,
      EndpointConfig asked,
      String macAddress,
      Map<String, List<dev.felucca.kernel.container.HostPort>> bindings,
      Set<String> exposed) {
    String id = ContainerId.randomHex();
    List<Cidr> addresses = new ArrayList<>();
    List<String> gateways = new ArrayList<>();
    List<PortBinding> published = List.of();
    if (!asked.ipv4Address().isEmpty()) {
      throw new EngineException(
          INVALID, "user specified IP address is supported on user defined networks only");
    }
    List<Subnet> subnets = network.spec().subnets();
    for (Subnet subnet : subnets) {
      if (subnet.cidr().address().getAddress().length == 4) {
        gateways.add(subnet.gateway());
      }
    }
    try {
      for (Subnet subnet : subnets) {
        if (subnet.cidr().address().getAddress().length == 4) {
          addresses.add(range(subnet).next());
        }
      }
      if (!subnets.isEmpty()) {
        published = ports.take(bindings, exposed);
      }
    } catch (EngineException e) {
      addresses.forEach(
          address -> subnets.forEach(subnet -> range(subnet).giveBack(address.address())));
      throw new EngineException(
          e.kind(),
          "failed to set up container networking: driver failed programming external connectivity on"
              + " endpoint "
              + container.shortForm()
              + " ("
              + id
              + "): "
              + e.getMessage(),
          e);
    }
    EndpointSpec spec =
        new EndpointSpec(
            id,
            network.spec().id(),
            container,
            subnets.isEmpty() ? "" : "eth0",
            addresses,
            gateways,
            macAddress.isEmpty() ? null : macAddress,
            published,
            asked.driverOptions());
    EndpointInUse endpoint = new EndpointInUse(network.spec().name(), network.driver(), spec, "");
    inUse.put(id, endpoint);
    return endpoint;
  }

  private Ipv4Range range(Subnet subnet) {
    return ranges.computeIfAbsent(
        subnet.cidr().toString(), key -> new Ipv4Range(subnet.cidr(), subnet.gateway()));
  }

  /** Makes the endpoint in the container's namespace. */
  public EndpointInUse join(EndpointInUse endpoint, String namespace) throws IOException {
    agree(endpoint.driver());
    wired.add(endpoint.spec().id());
    NetworkRecord network = book.get(endpoint.spec().networkId());
    Endpoint made =
        drivers.use(
            endpoint.driver(), driver -> driver.join(network.spec(), endpoint.spec(), namespace));
    EndpointInUse joined = endpoint.withMac(made.macAddress());
    inUse.put(endpoint.spec().id(), joined);
    return joined;
  }

  /**
   * Has the driver take the endpoint away, then gives back what it had. Repeats safely. When the
   * driver cannot, the endpoint goes, and is given back, when the driver comes again.
   */
  public void leave(EndpointInUse endpoint) throws IOException {
    wired.remove(endpoint.spec().id());
    boolean gone = false;
    try {
      drivers.run(
          endpoint.driver(),
          driver -> driver.leave(endpoint.spec().networkId(), endpoint.spec().id()));
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
    wired.remove(endpoint.spec().id());
    left.remove(endpoint.spec().id());
    if (inUse.remove(endpoint.spec().id()) == null) {
      return;
    }
    ports.giveBack(endpoint.spec().ports());
    book.find(endpoint.spec().networkId())
        .ifPresent(
            network ->
                network
                    .spec()
                    .subnets()
                    .forEach(
                        subnet ->
                            endpoint.spec().addresses().stream()
                                .filter(address -> subnet.cidr().contains(address.address()))
                                .forEach(address -> range(subnet).giveBack(address.address()))));
  }

  /** Takes what a container has from before this engine. */
  public void restore(EndpointInUse endpoint) {
    inUse.put(endpoint.spec().id(), endpoint);
    wired.add(endpoint.spec().id());
    ports.mark(endpoint.spec().ports());
    book.find(endpoint.spec().networkId())
        .ifPresent(
            network ->
                network
                    .spec()
                    .subnets()
                    .forEach(
                        subnet ->
                            endpoint.spec().addresses().stream()
                                .filter(address -> subnet.cidr().contains(address.address()))
                                .forEach(address -> range(subnet).take(address.address()))));
  }

  /** Has the host agree with what is in use, once for each coming of the driver. */
  public void agree(String driverName) throws IOException {
    int coming;
    synchronized (agreed) {
      coming = comings.getOrDefault(driverName, 0);
      if (agreed.getOrDefault(driverName, -1) >= coming) {
        return;
      }
    }
    // Not under that lock: a driver that hangs must stop only those who need it, and only until
    // another one comes in its place.
    synchronized (locks.computeIfAbsent(driverName + " " + coming, key -> new Object())) {
      synchronized (agreed) {
        if (agreed.getOrDefault(driverName, -1) >= coming) {
          return;
        }
      }
      List<EndpointInUse> given = List.copyOf(left.values());
      Set<EndpointSpec> endpoints = new HashSet<>();
      inUse.values().stream()
          .filter(endpoint -> endpoint.driver().equals(driverName))
          .filter(endpoint -> wired.contains(endpoint.spec().id()))
          .forEach(endpoint -> endpoints.add(endpoint.spec()));
      drivers.run(
          driverName,
          driver ->
              driver.adopt(
                  book.all().stream()
                      .filter(network -> network.driver().equals(driverName))
                      .map(NetworkRecord::spec)
                      .toList(),
                  endpoints));
      synchronized (agreed) {
        agreed.merge(driverName, coming, Math::max);
      }
      given.stream()
          .filter(endpoint -> endpoint.driver().equals(driverName))
          .forEach(this::release);
    }
  }

  private final Map<String, Object> locks = new ConcurrentHashMap<>();

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
