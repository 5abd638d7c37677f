package dev.felucca.net.bridge;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;
import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;
import static dev.felucca.kernel.EngineException.Kind.UNAVAILABLE;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.network.Endpoint;
import dev.felucca.kernel.network.EndpointSpec;
import dev.felucca.kernel.network.NetworkDriver;
import dev.felucca.kernel.network.NetworkSpec;
import dev.felucca.linux.Errno;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.netlink.Link;
import dev.felucca.linux.netlink.LinkMessage;
import dev.felucca.linux.netlink.MacAddress;
import dev.felucca.linux.netlink.NetlinkException;
import dev.felucca.linux.netlink.NetlinkSocket;
import dev.felucca.linux.netlink.NetworkNamespace;
import dev.felucca.linux.netlink.RouteSocket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Puts containers into a network that the host is in: each gets an interface on one of the host's.
 * Nothing is redirected or filtered; what the driver makes on the host is a parent where there is
 * none. The interfaces are in the containers' namespaces and end with them.
 */
abstract class ParentDriver implements NetworkDriver {
  private final Syscalls linux;
  private final Owner owner;
  private final String name;
  private final Map<String, Integer> modes;
  private final Map<String, ParentNetwork> networks = new ConcurrentHashMap<>();
  private final Map<String, EndpointSpec> endpoints = new ConcurrentHashMap<>();
  private final Map<String, String> namespaces = new ConcurrentHashMap<>();
  private @Nullable Optional<String> unusable;
  private @Nullable Parents parents;

  ParentDriver(Syscalls linux, Owner owner, String name, Map<String, Integer> modes) {
    this.linux = linux;
    this.owner = new Owner(owner.name() + "/" + name);
    this.name = name;
    this.modes = modes;
  }

  /** The container's end, to be made on this parent. */
  abstract LinkMessage child(
      LinkMessage create, ParentNetwork network, int mode, EndpointSpec endpoint);

  abstract WayOut wayOut(ParentNetwork network);

  @Override
  public String name() {
    return name;
  }

  @Override
  public boolean ownSubnets() {
    return false;
  }

  @Override
  public boolean publishes() {
    return false;
  }

  @Override
  public synchronized Optional<String> unusable() {
    if (unusable == null) {
      unusable = probe();
    }
    return unusable;
  }

  private Optional<String> probe() {
    try (RouteSocket scratch =
        new RouteSocket(NetworkNamespace.scratch(linux, NetlinkSocket.ROUTE).get(0))) {
      scratch.execute(LinkMessage.create("probe").bridge().build());
      int parent = scratch.link("probe").orElseThrow().index();
      ParentNetwork sample =
          new ParentNetwork(
              "", "probe", "", 0, false, modes.keySet().iterator().next(), 0, List.of());
      EndpointSpec endpoint =
          new EndpointSpec(
              "0".repeat(64),
              "",
              new ContainerId("0".repeat(64)),
              "eth0",
              List.of(),
              List.of(),
              null,
              List.of(),
              Map.of());
      scratch.execute(
          child(LinkMessage.create("child").link(parent), sample, mode(sample), endpoint).build());
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of("the kernel makes no " + name + " interfaces: " + e.getMessage());
    }
  }

  private ParentNetwork network(NetworkSpec spec) {
    return ParentNetwork.of(spec, modes, name + "_mode");
  }

  private int mode(ParentNetwork network) {
    return modes.getOrDefault(network.mode(), 0);
  }

  private synchronized Parents parents() throws IOException {
    if (unusable().isPresent()) {
      throw new EngineException(UNAVAILABLE, "network driver " + name + ": " + unusable().get());
    }
    if (parents == null) {
      parents = new Parents(RouteSocket.open(linux), owner);
    }
    return parents;
  }

  @Override
  public synchronized void createNetwork(NetworkSpec spec) throws IOException {
    ParentNetwork network = network(spec);
    ParentNetwork known = networks.get(network.id());
    if (known != null && !known.equals(network)) {
      throw new EngineException(CONFLICT, "network " + spec.name() + " exists with other options");
    }
    for (ParentNetwork other : networks.values()) {
      if (!other.id().equals(network.id())
          && other.parent().equals(network.parent())
          && (other.mode().equals("passthru") || network.mode().equals("passthru"))) {
        throw new EngineException(
            CONFLICT, "interface " + network.parent() + " is used by network " + other.id());
      }
    }
    parents().ensure(network);
    networks.put(network.id(), network);
  }

  @Override
  public synchronized void deleteNetwork(String networkId) throws IOException {
    if (endpoints.values().stream().anyMatch(e -> e.networkId().equals(networkId))) {
      throw new EngineException(CONFLICT, "network " + networkId + " has active endpoints");
    }
    parents().remove(networkId);
    networks.remove(networkId);
  }

  @Override
  public Endpoint join(NetworkSpec spec, EndpointSpec endpoint, String namespace)
      throws IOException {
    ParentNetwork network = network(spec);
    if (endpoint.interfaceName().isEmpty()) {
      throw new EngineException(INVALID, "an endpoint of " + name + " needs an interface name");
    }
    createNetwork(spec);
    Link parent = parents().ensure(network);
    ContainerEnd end = new ContainerEnd(endpoint, wayOut(network));
    try (NetworkNamespace container = NetworkNamespace.open(linux, namespace);
        RouteSocket inside = container.route()) {
      make(network, end, parent, container.fd());
      try {
        Link link = end.link(inside);
        inside.execute(LinkMessage.change(link.index()).alias(owner.alias(endpoint.id())).build());
        container.sysctls(EndpointSysctls.of(endpoint));
        inside.execute(end.bringUp(link.index()));
        endpoints.put(endpoint.id(), endpoint);
        namespaces.put(endpoint.id(), namespace);
        return new Endpoint(endpoint.id(), String.valueOf(link.mac()));
      } catch (IOException | RuntimeException e) {
        try {
          inside.deleteLink(endpoint.interfaceName());
        } catch (IOException undo) {
          e.addSuppressed(undo);
        }
        throw e;
      }
    }
  }

  private void make(ParentNetwork network, ContainerEnd end, Link parent, int namespace)
      throws IOException {
    EndpointSpec endpoint = end.endpoint();
    LinkMessage create =
        LinkMessage.create(endpoint.interfaceName())
            .link(parent.index())
            .mtu(network.mtu())
            .namespace(namespace);
    try {
      parents().route().execute(child(create, network, mode(network), endpoint).build());
    } catch (NetlinkException e) {
      if (e.errno() == Errno.EEXIST) {
        throw end.taken(e);
      }
      if (e.errno() == Errno.EBUSY || e.errno() == Errno.EADDRINUSE) {
        throw new EngineException(
            CONFLICT,
            network.parent() + " cannot carry " + endpoint.interfaceName() + ": " + e.getMessage(),
            e);
      }
      throw e;
    }
  }

  @Override
  public void update(NetworkSpec spec, EndpointSpec endpoint, String namespace) throws IOException {
    EndpointSpec before = endpoints.get(endpoint.id());
    if (before == null) {
      throw new EngineException(NOT_FOUND, "endpoint " + endpoint.id() + " not found");
    }
    ParentNetwork network = network(spec);
    if (!before.gateways().equals(endpoint.gateways())) {
      try (NetworkNamespace container = NetworkNamespace.open(linux, namespace);
          RouteSocket inside = container.route()) {
        new ContainerEnd(endpoint, wayOut(network)).reroute(inside, before.gateways());
      }
    }
    endpoints.put(endpoint.id(), endpoint);
  }

  @Override
  public void leave(String networkId, String endpointId) throws IOException {
    leave(networkId, endpointId, "");
  }

  /** The interface is in the container: while that is there it is taken away in there. */
  @Override
  public void leave(String networkId, String endpointId, String namespace) throws IOException {
    EndpointSpec endpoint = endpoints.get(endpointId);
    String place = namespace.isEmpty() ? namespaces.getOrDefault(endpointId, "") : namespace;
    if (endpoint != null && !place.isEmpty() && Files.exists(Path.of(place))) {
      try (NetworkNamespace container = NetworkNamespace.open(linux, place);
          RouteSocket inside = container.route()) {
        Optional<Link> link = inside.link(endpoint.interfaceName());
        if (link.filter(one -> isOf(endpointId, one)).isPresent()) {
          inside.deleteLink(endpoint.interfaceName());
        }
      } catch (IOException e) {
        if (Files.exists(Path.of(place))) {
          throw e;
        }
      }
    }
    endpoints.remove(endpointId);
    namespaces.remove(endpointId);
  }

  /**
   * By its alias: the namespace may be another's that got the number of an ended process. One that
   * has none was being made by an engine that ended there, as an alias is a message of its own.
   */
  private boolean isOf(String endpointId, Link link) {
    return link.alias().isEmpty()
        ? link.kind().equals(name)
        : owner.idOf(link).filter(endpointId::equals).isPresent();
  }

  @Override
  public synchronized void adopt(List<NetworkSpec> specs, Map<EndpointSpec, String> listed)
      throws IOException {
    networks.clear();
    specs.forEach(spec -> networks.put(spec.id(), network(spec)));
    endpoints.clear();
    namespaces.clear();
    listed.forEach(
        (endpoint, namespace) -> {
          endpoints.put(endpoint.id(), endpoint);
          namespaces.put(endpoint.id(), namespace);
        });
    parents().sweep(networks.keySet());
    Failures failures = new Failures();
    for (ParentNetwork network : networks.values()) {
      try {
        parents().ensure(network);
      } catch (IOException | EngineException e) {
        // A parent that is not there now may come again: the network stays.
        failures.add("network " + network.id(), e);
      }
    }
    failures.tell();
  }

  @Override
  public List<String> explain(NetworkSpec spec, EndpointSpec endpoint) {
    ParentNetwork network = network(spec);
    LinkMessage create = LinkMessage.create(endpoint.interfaceName()).mtu(network.mtu());
    List<String> lines = new ArrayList<>();
    lines.add(
        "on " + network.parent() + ": " + child(create, network, mode(network), endpoint).build());
    new ContainerEnd(endpoint, wayOut(network))
        .bringUp(2)
        .forEach(message -> lines.add("container: " + message));
    return lines;
  }

  static MacAddress mac(EndpointSpec endpoint) {
    return Macs.chosen(endpoint.macAddress(), endpoint.id(), endpoint.addresses());
  }

  synchronized void close() {
    if (parents != null) {
      parents.route().close();
    }
  }
}
