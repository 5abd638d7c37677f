package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.engine.image.GoTime;
import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.ContainerDetails;
import dev.felucca.kernel.container.ContainerManager.Pruned;
import dev.felucca.kernel.container.ContainerState.Status;
import dev.felucca.kernel.event.Event;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Removes the containers that nobody runs. */
final class Pruning {
  private static final Logger LOG = LoggerFactory.getLogger(Pruning.class);
  private static final Set<String> FILTERS = Set.of("label", "label!", "until");
  private static final Set<Status> PRUNED = Set.of(Status.CREATED, Status.EXITED, Status.DEAD);
  private final Core core;
  private final Lifecycle lifecycle;

  Pruning(Core core, Lifecycle lifecycle) {
    this.core = core;
    this.lifecycle = lifecycle;
  }

  Pruned prune(Map<String, List<String>> filters) throws IOException {
    for (String key : filters.keySet()) {
      if (!FILTERS.contains(key)) {
        throw new EngineException(INVALID, "invalid filter '" + key + "'");
      }
    }
    Instant until =
        filters.getOrDefault("until", List.of()).stream()
            .map(GoTime::parse)
            .min(Comparator.naturalOrder())
            .orElse(Instant.MAX);
    List<ContainerId> removed = new ArrayList<>();
    long bytes = 0;
    for (Container container : core.index.all()) {
      ContainerDetails details = container.details();
      if (!PRUNED.contains(details.state().status())
          || !details.created().isBefore(until)
          || !isMeant(details, filters)) {
        continue;
      }
      long own = size(container);
      try {
        lifecycle.remove(container, false, false);
        removed.add(container.id);
        bytes += own;
      } catch (EngineException e) {
        // Started or removed by another client meanwhile, or its driver is away: the rest goes on.
        LOG.warn("container {} could not be pruned: {}", container.name(), e.getMessage());
      }
    }
    core.events.publish(
        new Event(
            "container", "prune", "", Map.of("reclaimed", Long.toString(bytes)), Instant.now()));
    return new Pruned(removed, bytes);
  }

  private static boolean isMeant(ContainerDetails details, Map<String, List<String>> filters) {
    return filters.getOrDefault("label", List.of()).stream()
            .allMatch(label -> ContainerFilters.label(details, label))
        && filters.getOrDefault("label!", List.of()).stream()
            .noneMatch(label -> ContainerFilters.label(details, label));
  }

  private long size(Container container) {
    try {
      return core.drivers
          .snapshotters()
          .use(
              container.record().drivers().storage(),
              storage -> storage.usage(container.record().snapshotKey()))
          .bytes();
    } catch (IOException | EngineException e) {
      return 0; // It is not a reason to keep it.
    }
  }
}
