package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.engine.filter.Expression;
import dev.felucca.engine.filter.Filters;
import dev.felucca.kernel.Digest;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.ContainerDetails;
import dev.felucca.kernel.container.ContainerState.Health;
import dev.felucca.kernel.container.ContainerState.Status;
import dev.felucca.kernel.network.PortBinding;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The filters of a container list: values of one key are alternatives, keys all hold (labels too).
 */
final class ContainerFilters {
  private static final Set<String> KEYS =
      Set.of(
          "ancestor",
          "before",
          "expose",
          "exited",
          "health",
          "id",
          "isolation",
          "is-task",
          "label",
          "name",
          "network",
          "publish",
          "since",
          "status",
          "volume");

  private static final List<String> HEALTH = List.of("none", "starting", "healthy", "unhealthy");
  private static final List<String> STATES =
      List.of("created", "running", "paused", "restarting", "removing", "exited", "dead");

  private final Core core;

  ContainerFilters(Core core) {
    this.core = core;
  }

  /** INVALID, with Docker's words, for what no list can be filtered by. */
  void check(Map<String, List<String>> asked) {
    Filters.check(asked, KEYS);
    asked.forEach((key, values) -> values.forEach(value -> check(key, value)));
  }

  private void check(String key, String value) {
    if (key.equals("before") || key.equals("since")) {
      created(value);
    } else if (key.equals("health")) {
      if (!HEALTH.contains(value)) {
        throw noSuch(key, value, "health", HEALTH);
      }
    } else if (key.equals("status")) {
      if (!STATES.contains(value)) {
        throw noSuch(key, value, "state", STATES);
      }
    } else if (key.equals("exited")) {
      try {
        Integer.parseInt(value);
      } catch (NumberFormatException e) {
        throw new EngineException(INVALID, "invalid filter 'exited=" + value + "'", e);
      }
    } else if (key.equals("name")) {
      named(value);
    }
  }

  private static EngineException noSuch(String key, String value, String what, List<String> known) {
    return new EngineException(
        INVALID,
        "invalid filter '%s=%s': invalid value for %s (%s): must be one of %s"
            .formatted(key, value, what, value, String.join(", ", known)));
  }

  private static Expression named(String value) {
    return new Expression(value, "name=" + value);
  }

  boolean match(ContainerDetails details, Map<String, List<String>> asked) {
    return asked.entrySet().stream()
        .allMatch(
            filter -> {
              List<String> values = filter.getValue();
              if (filter.getKey().equals("label")) {
                return values.stream()
                    .allMatch(value -> Filters.hasLabel(details.config().labels(), value));
              }
              return values.isEmpty()
                  || values.stream().anyMatch(value -> matches(details, filter.getKey(), value));
            });
  }

  private boolean matches(ContainerDetails details, String key, String value) {
    return switch (key) {
      case "id" -> details.id().hex().startsWith(value);
      case "name" -> named(value).finds(details.name()) || named(value).finds("/" + details.name());
      case "status" -> details.state().status().name().equalsIgnoreCase(value);
      case "exited" ->
          details.state().status() == Status.EXITED
              && details.state().exitCode() == Integer.parseInt(value);
      case "ancestor" -> ancestor(details, value);
      case "before" -> details.created().isBefore(created(value));
      case "since" -> details.created().isAfter(created(value));
      case "network" ->
          details.networks().entrySet().stream()
              .anyMatch(
                  network ->
                      network.getKey().equals(value)
                          || (!value.isEmpty()
                              && network.getValue().networkId().startsWith(value)));
      case "volume" ->
          details.mounts().stream()
              .anyMatch(
                  mount ->
                      mount.destination().equals(value)
                          || mount.name().equals(value)
                          || mount.source().equals(value));
      case "health" -> health(details).equals(value);
      case "is-task" -> !value.equals("true") && !value.equals("1");
      case "isolation" -> value.equals("default") || value.isEmpty();
      case "publish" ->
          details.ports().stream().anyMatch(port -> port(port.hostPort(), port, value));
      default ->
          details.config().exposedPorts().contains(value.contains("/") ? value : value + "/tcp")
              || details.ports().stream().anyMatch(port -> port(port.containerPort(), port, value));
    };
  }

  private static String health(ContainerDetails details) {
    Health health = details.state().health();
    return health == null ? "none" : health.status();
  }

  private static boolean port(int number, PortBinding port, String value) {
    int slash = value.indexOf('/');
    String protocol = slash < 0 ? "tcp" : value.substring(slash + 1);
    return port.protocol().equals(protocol)
        && Integer.toString(number).equals(slash < 0 ? value : value.substring(0, slash));
  }

  private Instant created(String ref) {
    return core.index.resolve(ref).details().created();
  }

  private boolean ancestor(ContainerDetails details, String value) {
    if (details.config().image().equals(value)) {
      return true;
    }
    Digest wanted;
    try {
      wanted = core.images.inspect(value).id();
    } catch (EngineException e) {
      return false; // no such image: nothing descends from it
    }
    // Also of what was committed on it.
    @Nullable String at = details.imageId();
    while (at != null && !at.equals(wanted.toString())) {
      at = parent(at);
    }
    return at != null;
  }

  private @Nullable String parent(String image) {
    try {
      Digest parent = core.images.inspect(image).parent();
      return parent == null ? null : parent.toString();
    } catch (EngineException e) {
      return null; // removed by force while there are containers of it
    }
  }
}
