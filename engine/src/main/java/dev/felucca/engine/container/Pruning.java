package dev.felucca.engine.container;

import dev.felucca.engine.filter.Filters;
import dev.felucca.engine.filter.PruneFilter;
import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.ContainerDetails;
import dev.felucca.kernel.container.ContainerManager.Pruned;
import dev.felucca.kernel.container.ContainerState.Status;
import dev.felucca.kernel.event.Event;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
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
    Filters.check(filters, FILTERS);
    PruneFilter filter = new PruneFilter(filters);
    List<ContainerId> removed = new ArrayList<>();
    long bytes = 0;
    for (Container container : core.index.all()) {
      ContainerDetails details = container.details();
      if (!PRUNED.contains(details.state().status())
          || !filter.letsGo(details.config().labels(), details.created())) {
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
