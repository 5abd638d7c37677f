package dev.felucca.engine.network;

import static dev.felucca.kernel.EngineException.Kind.FORBIDDEN;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;

import dev.felucca.engine.driver.Drivers;
import dev.felucca.engine.filter.Filters;
import dev.felucca.engine.filter.PruneFilter;
import dev.felucca.engine.state.DamageReport;
import dev.felucca.engine.state.Directories;
import dev.felucca.engine.state.Settings;
import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.event.Event;
import dev.felucca.kernel.event.EventBus;
import dev.felucca.kernel.network.EndpointSpec;
import dev.felucca.kernel.network.NetworkDriver;
import dev.felucca.kernel.network.Networks;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Networks as clients see them; where containers are in them is {@link Wiring}'s. */
@Component(service = {Networks.class, EngineNetworks.class})
public final class EngineNetworks implements Networks {
  private static final Set<String> FILTERS =
      Set.of("dangling", "driver", "id", "label", "name", "scope", "type");

  private static final Logger LOG = LoggerFactory.getLogger(EngineNetworks.class);
  private static final Set<String> PRUNE_FILTERS = Set.of("label", "label!", "until");

  private final NetworkBook book;
  private final Wiring wiring;
  private final Drivers drivers;
  private final EventBus events;
  private final Naming naming;

  @Activate
  public EngineNetworks(
      @Reference Directories directories,
      @Reference Settings settings,
      @Reference Drivers drivers,
      @Reference EventBus events)
      throws IOException {
    this.drivers = drivers;
    this.events = events;
    this.book =
        new NetworkBook(
            directories.dataRoot().resolve("networks"),
            settings.now(),
            directories.id(),
            directories.mark().isEmpty() ? "felucca0" : "fel" + directories.mark(),
            new DamageReport(events));
    this.naming = new Naming(drivers.nameServers());
    this.wiring =
        new Wiring(book, drivers.networks(), new HostPorts(settings.now().publishRange()), naming);
  }

  /** For the container side of the engine, as {@link #wiring}. */
  public Naming naming() {
    return naming;
  }

  /** For the container side of the engine. */
  public Wiring wiring() {
    return wiring;
  }

  @Override
  public List<NetworkDetails> list(Map<String, List<String>> filters) {
    Filters.check(filters, FILTERS);
    filters.forEach((key, values) -> values.forEach(value -> check(key, value)));
    return book.all().stream()
        .filter(network -> filters.entrySet().stream().allMatch(f -> matches(network, f)))
        .sorted(Comparator.comparing(network -> network.spec().name()))
        .map(this::details)
        .toList();
  }

  /** Values of one key are alternatives, but for labels, which all have to be there. */
  private boolean matches(NetworkRecord network, Map.Entry<String, List<String>> filter) {
    List<String> values = filter.getValue();
    if (filter.getKey().equals("label")) {
      return values.stream().allMatch(value -> Filters.hasLabel(network.labels(), value));
    }
    return values.isEmpty()
        || values.stream().anyMatch(value -> matches(network, filter.getKey(), value));
  }

  private boolean matches(NetworkRecord network, String key, String value) {
    return switch (key) {
      case "driver" -> network.driver().equals(value);
      case "id" -> network.spec().id().startsWith(value);
      case "name" -> network.spec().name().contains(value);
      case "scope" -> value.equals("local");
      case "type" -> value.equals(network.predefined() ? "builtin" : "custom");
      default -> isDangling(network) == Filters.truth("dangling", value);
    };
  }

  private static void check(String key, String value) {
    boolean good =
        switch (key) {
          case "dangling" -> Set.of("true", "false", "1", "0").contains(value);
          case "type" -> Set.of("builtin", "custom").contains(value);
          case "scope" -> Set.of("local", "global", "swarm").contains(value);
          default -> true;
        };
    if (!good) {
      throw Filters.invalid(key, value);
    }
  }

  private boolean isDangling(NetworkRecord network) {
    return !network.predefined() && wiring.endpoints(network.spec().id()).isEmpty();
  }

  @Override
  public void leaveHost() throws IOException {
    for (String name : drivers.isolation().names()) {
      if (drivers.isolation().usable(name)) {
        // A call waits until it has ended those that an earlier engine left and nobody knows.
        drivers.isolation().use(name, driver -> driver.name());
      }
    }
    wiring.leaveHost();
  }

  @Override
  public NetworkDetails inspect(String ref) {
    return details(book.get(ref));
  }

  @Override
  public NetworkCreated create(NetworkRequest request) throws IOException {
    NetworkConfigs.check(request);
    if (request.configOnly()) {
      return createConfig(request);
    }
    String from = request.configFrom();
    NetworkPlan plan =
        NetworkPlan.of(from.isEmpty() ? request : NetworkConfigs.apply(request, book.config(from)));
    String driver = request.driver().isEmpty() ? "bridge" : request.driver();
    if (driver.equals("host") || driver.equals("null")) {
      throw new EngineException(
          FORBIDDEN, "only one instance of \"" + driver + "\" network is allowed");
    }
    if (!drivers.networks().has(driver)) {
      throw new EngineException(
          NOT_FOUND,
          "could not find plugin " + driver + " in v1 plugin registry: plugin not found");
    }
    wiring.agree(driver);
    NetworkRecord network =
        book.begin(plan, driver, drivers.networks().use(driver, NetworkDriver::ownSubnets));
    boolean made = false;
    try {
      drivers.networks().run(driver, one -> one.createNetwork(network.spec()));
      try {
        book.made(network);
        made = true;
      } catch (IOException e) {
        undo(network, e);
        throw e;
      }
    } finally {
      if (!made) {
        book.notMade(network);
      }
    }
    publish("create", network);
    return new NetworkCreated(network.spec().id(), List.of());
  }

  /** One that no driver hears of. */
  private NetworkCreated createConfig(NetworkRequest request) throws IOException {
    NetworkRecord network = book.begin(NetworkPlan.of(request), "null", false);
    book.made(network);
    publish("create", network);
    return new NetworkCreated(network.spec().id(), List.of());
  }

  private void undo(NetworkRecord network, IOException cause) {
    try {
      drivers.networks().run(network.driver(), one -> one.deleteNetwork(network.spec().id()));
    } catch (IOException | RuntimeException e) {
      cause.addSuppressed(e);
    }
  }

  @Override
  public void remove(String ref) throws IOException {
    NetworkRecord network = book.get(ref);
    if (network.predefined()) {
      throw new EngineException(
          FORBIDDEN, network.spec().name() + " is a pre-defined network and cannot be removed");
    }
    remove(network);
  }

  private void remove(NetworkRecord network) throws IOException {
    book.beginRemoval(network);
    try {
      List<EndpointInUse> inside = wiring.endpoints(network.spec().id());
      if (!inside.isEmpty()) {
        throw new EngineException(
            FORBIDDEN,
            "error while removing network: network "
                + network.spec().name()
                + " has active endpoints ("
                + inside.stream()
                    .map(
                        one ->
                            "name:\""
                                + one.spec().dnsNames().stream().findFirst().orElse("")
                                + "\" id:\""
                                + one.spec().id().substring(0, 12)
                                + "\"")
                    .sorted()
                    .collect(Collectors.joining(", "))
                + ")");
      }
      if (network.configOnly()) {
        removeConfig(network);
        return;
      }
      // The driver first: when it is not there the network stays whole.
      drivers.networks().run(network.driver(), one -> one.deleteNetwork(network.spec().id()));
      book.remove(network);
      wiring.forget(network);
    } finally {
      book.endRemoval(network);
    }
    publish("destroy", network);
  }

  private void removeConfig(NetworkRecord network) throws IOException {
    String name = network.spec().name();
    if (book.all().stream().anyMatch(other -> other.configFrom().equals(name))) {
      throw new EngineException(FORBIDDEN, "configuration network \"" + name + "\" is in use");
    }
    book.remove(network);
    publish("destroy", network);
  }

  @Override
  public List<String> prune(Map<String, List<String>> filters) throws IOException {
    Filters.check(filters, PRUNE_FILTERS);
    PruneFilter filter = new PruneFilter(filters);
    List<String> removed = new ArrayList<>();
    for (NetworkRecord network : book.all()) {
      if (network.configOnly()
          || !isDangling(network)
          || !filter.letsGo(network.labels(), network.created())) {
        continue;
      }
      try {
        remove(network);
        removed.add(network.spec().name());
      } catch (EngineException e) {
        LOG.warn("network {} could not be pruned: {}", network.spec().name(), e.getMessage());
      }
    }
    events.publish(new Event("network", "prune", "", Map.of("reclaimed", "0"), Instant.now()));
    return removed;
  }

  private void publish(String action, NetworkRecord network) {
    events.publish(
        new Event(
            "network",
            action,
            network.spec().id(),
            Map.of("name", network.spec().name(), "type", network.driver()),
            Instant.now()));
  }

  private NetworkDetails details(NetworkRecord network) {
    Map<ContainerId, EndpointSpec> endpoints = new TreeMap<>();
    wiring
        .endpoints(network.spec().id())
        .forEach(endpoint -> endpoints.put(endpoint.spec().container(), endpoint.spec()));
    return new NetworkDetails(
        network.spec(),
        network.driver(),
        "local",
        network.created(),
        network.attachable(),
        network.labels(),
        network.ipamOptions(),
        endpoints,
        network.configOnly(),
        network.configFrom());
  }
}
