package dev.felucca.engine.network;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.engine.driver.Drivers;
import dev.felucca.engine.state.DamagedStateException;
import dev.felucca.engine.state.Directories;
import dev.felucca.engine.state.Settings;
import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.event.Event;
import dev.felucca.kernel.event.EventBus;
import dev.felucca.kernel.network.EndpointSpec;
import dev.felucca.kernel.network.Networks;
import java.io.IOException;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Networks as clients see them; where containers are in them is {@link Wiring}'s. */
@Component(service = {Networks.class, EngineNetworks.class})
public final class EngineNetworks implements Networks {
  private static final Set<String> FILTERS =
      Set.of("dangling", "driver", "id", "label", "name", "scope", "type");

  private final NetworkBook book;
  private final Wiring wiring;

  @Activate
  public EngineNetworks(
      @Reference Directories directories,
      @Reference Settings settings,
      @Reference Drivers drivers,
      @Reference EventBus events)
      throws IOException {
    this.book =
        new NetworkBook(
            directories.dataRoot().resolve("networks"),
            settings.now(),
            directories.mark().isEmpty() ? "felucca0" : "fel" + directories.mark(),
            damaged -> events.publish(damagedEvent(damaged)));
    this.wiring = new Wiring(book, drivers.networks());
  }

  private static Event damagedEvent(DamagedStateException damaged) {
    return new Event(
        "daemon",
        "state_damaged",
        damaged.aside().toString(),
        Map.of("name", String.valueOf(damaged.getMessage())),
        Instant.now());
  }

  /** For the container side of the engine. */
  public Wiring wiring() {
    return wiring;
  }

  @Override
  public List<NetworkDetails> list(Map<String, List<String>> filters) {
    for (String key : filters.keySet()) {
      if (!FILTERS.contains(key)) {
        throw new EngineException(INVALID, "invalid filter '" + key + "'");
      }
    }
    return book.all().stream()
        .filter(network -> filters.entrySet().stream().allMatch(f -> matches(network, f)))
        .sorted(Comparator.comparing(network -> network.spec().name()))
        .map(this::details)
        .toList();
  }

  private boolean matches(NetworkRecord network, Map.Entry<String, List<String>> filter) {
    return filter.getValue().isEmpty()
        || filter.getValue().stream()
            .anyMatch(
                value ->
                    switch (filter.getKey()) {
                      case "driver" -> network.driver().equals(value);
                      case "id" -> network.spec().id().startsWith(value);
                      case "name" -> network.spec().name().contains(value);
                      case "scope" -> value.equals("local");
                      case "type" -> value.equals(network.predefined() ? "builtin" : "custom");
                      case "dangling" -> isDangling(network) == isTrue(value);
                      default -> hasLabel(network, value);
                    });
  }

  private static boolean isTrue(String value) {
    return value.equals("true") || value.equals("1");
  }

  private boolean isDangling(NetworkRecord network) {
    return !network.predefined() && wiring.endpoints(network.spec().id()).isEmpty();
  }

  private static boolean hasLabel(NetworkRecord network, String wanted) {
    int equals = wanted.indexOf('=');
    return equals < 0
        ? network.labels().containsKey(wanted)
        : wanted.substring(equals + 1).equals(network.labels().get(wanted.substring(0, equals)));
  }

  @Override
  public NetworkDetails inspect(String ref) {
    return details(book.get(ref));
  }

  @Override
  public NetworkCreated create(NetworkRequest request) {
    throw new EngineException(
        EngineException.Kind.NOT_IMPLEMENTED,
        "creating networks is not supported by this version of the engine");
  }

  @Override
  public void remove(String ref) {
    throw new EngineException(
        EngineException.Kind.NOT_IMPLEMENTED,
        "removing networks is not supported by this version of the engine");
  }

  @Override
  public List<String> prune(Map<String, List<String>> filters) {
    throw new EngineException(
        EngineException.Kind.NOT_IMPLEMENTED,
        "pruning networks is not supported by this version of the engine");
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
        endpoints);
  }
}
