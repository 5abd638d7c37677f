package dev.felucca.engine.container;

import dev.felucca.engine.state.DamageReport;
import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.ContainerState.Health;
import java.io.IOException;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads what an earlier engine wrote of its containers, puts it into the index and says what became
 * of each meanwhile. Once, before anybody else looks for a container; no driver is asked, and what
 * was to be removed with its end is removed by {@link #removeEnded}.
 */
final class Restoration {
  private static final Logger LOG = LoggerFactory.getLogger(Restoration.class);

  private final Core core;
  private final Lifecycle lifecycle;
  private final Set<Container> toRemove = ConcurrentHashMap.newKeySet();

  Restoration(Core core, Lifecycle lifecycle) {
    this.core = core;
    this.lifecycle = lifecycle;
  }

  /** Answers those that their restart policy may want started. */
  Set<ContainerId> restore() throws IOException {
    ContainerNames names = new ContainerNames(core);
    Set<ContainerId> policyDue = new HashSet<>();
    List<ContainerStore.Found> all = core.store.load(new DamageReport(core.events));
    for (ContainerStore.Found found : all) {
      LastState last = found.last();
      RunRecord run = found.run();
      if (run == null && last.phase() == LastState.Phase.STARTED) {
        // The run directory was emptied by a reboot: nobody knows how it ended.
        last = last.exited(Lifecycle.UNKNOWN_EXIT, false, Instant.now());
      }
      ContainerId id = found.record().id();
      boolean ended = false;
      if (run != null && run.confirmed()) {
        boolean recorded = run.started().equals(last.started());
        ended = recorded && last.phase() == LastState.Phase.EXITED;
        if (!recorded) {
          // The engine died between the two files that a start writes.
          last = last.started(run.started());
        }
      }
      Container container =
          new Container(named(found.record()), last, run, core.store.directory(id), core.workers);
      container.health(health(found, run != null && !ended));
      core.index.add(container);
      if (run != null) {
        run.endpoints().forEach(place -> core.wiring.restore(place, run.networkNamespace()));
        names.restore(container, run);
        if (ended) {
          container.over(last, false);
        }
      } else if (found.record().autoRemove() && last.phase() != LastState.Phase.CREATED) {
        toRemove.add(container);
        continue;
      }
      policyDue.add(id);
    }
    for (RunRecord run : core.store.unknownRuns()) {
      run.endpoints().forEach(place -> core.wiring.restore(place, run.networkNamespace()));
    }
    core.index.keepOnly(all.stream().map(found -> found.record().id()).collect(Collectors.toSet()));
    LOG.info("{} containers", all.size());
    return policyDue;
  }

  private static @Nullable Health health(ContainerStore.Found found, boolean runs) {
    Health health = found.health();
    if (HealthPlan.of(found.record().config()).isEmpty()) {
      return null;
    }
    if (runs) {
      return health == null ? HealthChecks.BEGUN : health;
    }
    return health == null
        ? null
        : new Health(HealthChecks.UNHEALTHY, health.failingStreak(), health.log());
  }

  /** Under another name where somebody else has its own: two files may say the same. */
  private ContainerRecord named(ContainerRecord record) {
    try {
      core.index.reserve(record.name(), record.id());
      return record;
    } catch (EngineException e) {
      LOG.error("container {} gets another name: {}", record.id().hex(), e.getMessage());
      return record.withName(core.index.reserve(null, record.id()));
    }
  }

  /** What was to be removed with its end, as far as its storage driver is here: else when it is. */
  void removeEnded() {
    for (Container container : toRemove) {
      if (core.drivers.snapshotters().has(container.record().drivers().storage())
          && toRemove.remove(container)) {
        remove(container);
      }
    }
  }

  private void remove(Container container) {
    try {
      lifecycle.remove(container, true, true);
    } catch (IOException | RuntimeException e) {
      LOG.error(
          "container {} was to be removed after its end and could not be", container.name(), e);
    }
  }
}
