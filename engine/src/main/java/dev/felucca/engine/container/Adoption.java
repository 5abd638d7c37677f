package dev.felucca.engine.container;

import dev.felucca.engine.image.ImageUse;
import dev.felucca.engine.state.DamagedStateException;
import dev.felucca.engine.stream.OutputHub;
import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.event.Event;
import dev.felucca.kernel.isolation.ExitStatus;
import dev.felucca.kernel.isolation.OutputPositions;
import dev.felucca.kernel.isolation.OutputSink;
import dev.felucca.kernel.log.LogWriter;
import java.io.IOException;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the containers of an earlier engine again, and hands each isolation driver that comes its
 * own: at the start, after a bundle's update, after a stop and start of it. Until its driver and
 * log driver are there a container is only listed.
 */
@Component(service = Adoption.class, immediate = true)
public final class Adoption {
  private static final Logger LOG = LoggerFactory.getLogger(Adoption.class);
  private static final int UNKNOWN_EXIT = 255;

  private final Core core;
  private final Lifecycle lifecycle;
  private final ImageUse imageUse;
  private final Map<String, Object> locks = new ConcurrentHashMap<>();

  /** Found by their isolation driver, and waiting for a log driver. */
  private final Set<ContainerId> waiting = ConcurrentHashMap.newKeySet();

  private final Set<ContainerId> policyDue = ConcurrentHashMap.newKeySet();

  @Activate
  public Adoption(
      @Reference Core core, @Reference Lifecycle lifecycle, @Reference ImageUse imageUse)
      throws IOException {
    this.core = core;
    this.lifecycle = lifecycle;
    this.imageUse = imageUse;
    load();
    imageUse.register(core.index);
    core.drivers.isolation().onArrival(name -> core.workers.execute(() -> isolationCame(name)));
    core.drivers.snapshotters().onArrival(name -> core.workers.execute(() -> storageCame(name)));
    core.drivers.networks().onArrival(name -> core.workers.execute(() -> networkCame(name)));
    core.drivers.logs().onArrival(name -> core.workers.execute(this::logCame));
    core.drivers.networks().names().forEach(name -> core.workers.execute(() -> networkCame(name)));
    core.drivers
        .isolation()
        .names()
        .forEach(name -> core.workers.execute(() -> isolationCame(name)));
    core.drivers
        .snapshotters()
        .names()
        .forEach(name -> core.workers.execute(() -> storageCame(name)));
  }

  @Deactivate
  void close() {
    imageUse.unregister(core.index);
  }

  private void load() throws IOException {
    List<ContainerStore.Found> all = core.store.load(this::tellDamaged);
    for (ContainerStore.Found found : all) {
      LastState last = found.last();
      RunRecord run = found.run();
      if (run == null && last.phase() == LastState.Phase.STARTED) {
        // The run directory was emptied by a reboot: nobody knows how it ended.
        last = last.exited(UNKNOWN_EXIT, false, Instant.now());
      }
      ContainerId id = found.record().id();
      Container container =
          new Container(found.record(), last, run, core.store.directory(id), core.workers);
      core.index.reserve(found.record().name(), id);
      core.index.add(container);
      if (run != null) {
        run.endpoints().forEach(core.wiring::restore);
      } else if (found.record().autoRemove() && last.phase() != LastState.Phase.CREATED) {
        core.workers.execute(() -> removeEnded(container));
        continue;
      }
      policyDue.add(id);
    }
    LOG.info("{} containers", all.size());
  }

  private void tellDamaged(DamagedStateException damaged) {
    LOG.error("a state file makes no sense and was moved aside", damaged);
    core.events.publish(
        new Event(
            "daemon",
            "state_damaged",
            damaged.aside().toString(),
            Map.of("name", String.valueOf(damaged.getMessage())),
            Instant.now()));
  }

  private void removeEnded(Container container) {
    try {
      lifecycle.remove(container, true, true);
    } catch (IOException | RuntimeException e) {
      LOG.error(
          "container {} was to be removed after its end and could not be", container.name(), e);
    }
  }

  private void storageCame(String name) {
    try {
      lifecycle.removal().sweep(name);
    } catch (IOException | EngineException e) {
      LOG.warn("snapshots of {} could not be swept: {}", name, e.getMessage());
    }
  }

  private void networkCame(String name) {
    try {
      core.wiring.agree(name);
    } catch (IOException | EngineException e) {
      LOG.warn("network driver {} could not be handed its networks: {}", name, e.getMessage());
    }
  }

  private void logCame() {
    for (ContainerId id : List.copyOf(waiting)) {
      Container container = core.index.get(id);
      if (container == null || container.run() == null) {
        waiting.remove(id);
      } else if (core.drivers.logs().has(container.record().drivers().log())) {
        follow(container);
      }
    }
  }

  private void isolationCame(String name) {
    synchronized (locks.computeIfAbsent(name, key -> new Object())) {
      Set<ContainerId> known = new HashSet<>();
      for (Container container : core.index.all()) {
        if (container.record().drivers().isolation().equals(name) && container.run() != null) {
          known.add(container.id);
        }
      }
      try {
        Set<ContainerId> found = core.drivers.isolation().use(name, driver -> driver.adopt(known));
        for (ContainerId id : known) {
          Container container = core.index.get(id);
          if (container != null) {
            core.workers.execute(() -> settle(container, found.contains(id)));
          }
        }
      } catch (IOException | EngineException e) {
        LOG.error("isolation driver {} could not be handed its containers", name, e);
      }
      for (Container container : core.index.all()) {
        if (container.record().drivers().isolation().equals(name)
            && container.run() == null
            && policyDue.remove(container.id)) {
          lifecycle.restartByPolicy(container);
        }
      }
    }
  }

  private void settle(Container container, boolean found) {
    policyDue.remove(container.id);
    RunRecord run = container.run();
    if (run == null) {
      return;
    }
    if (!run.confirmed()) {
      // The engine died within the start: whoever asked for it was never answered.
      undoStart(container);
    } else if (!found) {
      LOG.warn("container {} is gone without a trace", container.name());
      lifecycle.ended(
          container, container.runs(), new ExitStatus(UNKNOWN_EXIT, false, Instant.now()));
    } else {
      follow(container);
    }
  }

  private void undoStart(Container container) {
    try (Lane.Hold hold = container.lane.enterAtLast("undoing a start")) {
      RunRecord run = container.run();
      if (run == null || run.confirmed()) {
        return;
      }
      lifecycle.starter().takeDown(container, run);
      container.startUndone();
    }
  }

  /** Takes up output where the log ends, then waits for the container's end. */
  private void follow(Container container) {
    String log = container.record().drivers().log();
    if (!container.output.isOpen() && !core.drivers.logs().has(log)) {
      waiting.add(container.id);
      return;
    }
    waiting.remove(container.id);
    try {
      OutputHub.Refollow from =
          container.output.isOpen() ? container.output.again() : open(container, log);
      core.drivers
          .isolation()
          .run(
              container.record().drivers().isolation(),
              driver -> driver.follow(container.id, from.from(), from.sink()));
    } catch (IOException | EngineException e) {
      LOG.error("output of container {} cannot be followed", container.name(), e);
    }
    lifecycle.watch(container, container.runs());
  }

  private OutputHub.Refollow open(Container container, String log) throws IOException {
    LogWriter writer =
        core.drivers
            .logs()
            .use(
                log,
                driver ->
                    driver.writer(
                        core.store.directory(container.id),
                        container.id.hex(),
                        container.record().hostConfig().logConfig().config()));
    OutputPositions from = writer.resumeAt();
    OutputSink sink = container.output.begin(writer, from);
    return new OutputHub.Refollow(from, sink);
  }
}
