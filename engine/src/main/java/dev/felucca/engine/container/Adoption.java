package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;
import static dev.felucca.kernel.EngineException.Kind.UNAVAILABLE;

import dev.felucca.engine.driver.Drivers;
import dev.felucca.engine.image.ImageUse;
import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.ContainerState.Status;
import dev.felucca.kernel.isolation.ExitStatus;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands each driver that comes what is its own, from an earlier engine ({@link Restoration}) or an
 * earlier driver: at the start, after a bundle's update, after a stop and start of it. Until its
 * isolation driver and log driver ({@link Following}) are there a container is only listed.
 */
@Component(service = Adoption.class, immediate = true)
public final class Adoption {
  private static final Logger LOG = LoggerFactory.getLogger(Adoption.class);
  static final Duration GOING_PATIENCE = Duration.ofSeconds(3);

  private final Core core;
  private final Lifecycle lifecycle;
  private final Restoration restoration;
  private final ImageUse imageUse;
  private final LiveNetworks networks;
  private final HostResolvers resolvers;

  /** How often each isolation driver was greeted: what an earlier one found is out of date. */
  private final Map<String, Integer> greetings = new ConcurrentHashMap<>();

  private final List<Runnable> unhooks = new ArrayList<>();

  private final Following following;

  /** A restart policy may want these started, once their isolation driver is there. */
  private final Set<ContainerId> policyDue;

  @Activate
  public Adoption(
      @Reference Core core, @Reference Lifecycle lifecycle, @Reference ImageUse imageUse)
      throws IOException {
    this.core = core;
    this.lifecycle = lifecycle;
    this.imageUse = imageUse;
    this.networks = new LiveNetworks(core);
    this.following = new Following(core, this::taken);
    this.policyDue = ConcurrentHashMap.newKeySet();
    this.restoration = new Restoration(core, lifecycle);
    policyDue.addAll(restoration.restore());
    this.resolvers = new HostResolvers(core);
    imageUse.register(core.index);
    Drivers drivers = core.drivers;
    unhooks.add(drivers.isolation().greetEach(name -> inBackground(() -> isolationCame(name))));
    unhooks.add(drivers.snapshotters().onArrival(name -> inBackground(() -> storageCame(name))));
    unhooks.add(drivers.networks().onArrival(name -> inBackground(() -> networkCame(name))));
    unhooks.add(drivers.volumes().onArrival(name -> inBackground(() -> volumesCame(name))));
    drivers.volumes().names().forEach(name -> inBackground(() -> volumesCame(name)));
    unhooks.add(drivers.nameServers().onArrival(name -> inBackground(() -> namesCame(name))));
    unhooks.add(drivers.links().onArrival(name -> inBackground(new Links(core)::again)));
    unhooks.add(drivers.logs().onArrival(name -> inBackground(following::logCame)));
    unhooks.add(drivers.logs().onDeparture(following::logWent));
    drivers.networks().names().forEach(name -> inBackground(() -> networkCame(name)));
    drivers.nameServers().names().forEach(name -> inBackground(() -> namesCame(name)));
    drivers.snapshotters().names().forEach(name -> inBackground(() -> storageCame(name)));
  }

  private void inBackground(Runnable task) {
    core.workers.execute(task);
  }

  /** Every container runs on; who waits for one, or has its streams, hears the end. */
  @Deactivate
  void close() {
    resolvers.close();
    unhooks.forEach(Runnable::run);
    imageUse.unregister(core.index);
    core.workers.together(
        core.index.all().stream().<Runnable>map(c -> c::engineGoes).toList(), GOING_PATIENCE);
  }

  private void storageCame(String name) {
    restoration.removeEnded();
    try {
      lifecycle.removal().sweep(name);
    } catch (IOException | EngineException e) {
      LOG.warn("snapshots of {} could not be swept: {}", name, e.getMessage());
    }
  }

  /** What an earlier driver, or engine, made ready for a run that is over is let go. */
  private void volumesCame(String name) {
    Set<String> running =
        core.index.all().stream()
            .filter(container -> container.run() != null || container.isStarting())
            .map(container -> container.id.hex())
            .collect(Collectors.toSet());
    Set<String> unreadable =
        core.store.unreadable().stream().map(ContainerId::hex).collect(Collectors.toSet());
    try {
      core.volumes.adopt(name, running, unreadable);
    } catch (IOException | EngineException e) {
      LOG.warn("volume driver {} could not be told who runs: {}", name, e.getMessage());
    }
  }

  private void networkCame(String name) {
    try {
      core.wiring.agree(name);
      new Links(core).settle();
    } catch (IOException | EngineException e) {
      failed("network driver " + name + " could not be handed its networks", e);
    }
  }

  private void namesCame(String name) {
    try {
      core.naming.agree(name);
    } catch (IOException | EngineException e) {
      LOG.warn("name server {} could not be told all names: {}", name, e.getMessage());
    }
  }

  Set<ContainerId> waiting() {
    return following.waiting();
  }

  private void isolationCame(String name) {
    // No lock: an adoption that hangs must not stand in the way of the driver that comes next.
    Map<ContainerId, Integer> runs = new HashMap<>();
    AtomicInteger greeting = new AtomicInteger();
    try {
      // A start that comes first would be taken for what an earlier engine left.
      Optional<Set<ContainerId>> adopted =
          core.drivers
              .isolation()
              .greet(
                  name,
                  driver -> {
                    // Counted here: who was told of one driver may be the one to greet the next.
                    greeting.set(greetings.merge(name, 1, Integer::sum));
                    return driver.adopt(known(name, runs));
                  });
      if (adopted.isEmpty() || greetings.getOrDefault(name, 0) != greeting.get()) {
        return;
      }
      Set<ContainerId> found = adopted.get();
      runs.forEach(
          (id, seen) -> {
            Container container = core.index.get(id);
            if (container != null) {
              core.workers.execute(() -> settle(container, seen, found.contains(id)));
            }
          });
    } catch (IOException | EngineException e) {
      failed("isolation driver " + name + " could not be handed its containers", e);
    }
    for (Container container : core.index.all()) {
      if (container.record().drivers().isolation().equals(name)
          && !container.inHand()
          && policyDue.remove(container.id)) {
        lifecycle.restartByPolicy(container);
      }
    }
  }

  /** What a driver may hold; {@code runs} gets how many runs each has had. */
  private Set<ContainerId> known(String driver, Map<ContainerId, Integer> runs) {
    Set<ContainerId> known = new HashSet<>(core.store.unreadable());
    for (Container container : core.index.all()) {
      if (container.record().drivers().isolation().equals(driver) && container.inHand()) {
        known.add(container.id);
        runs.put(container.id, container.runs());
      }
    }
    return known;
  }

  /**
   * @param seen how many runs it had had when the driver was asked
   */
  private void settle(Container container, int seen, boolean found) {
    RunRecord run;
    int runs;
    boolean due = policyDue.remove(container.id);
    try (Lane.Hold hold = container.lane.enterAtLast("adoption")) {
      run = container.run(); // a start that was under way is over now
      runs = container.runs();
    }
    if (run == null || runs != seen) {
      return; // a run that began after the question was started through the driver that answered it
    }
    if (!container.status().alive()) {
      // The engine died within the end, or the start: whoever asked for it was never answered.
      lifecycle.settle(container);
      if (due) {
        lifecycle.restartByPolicy(container);
      }
    } else if (!found) {
      LOG.warn("container {} is gone without a trace", container.name());
      lifecycle.ended(
          container, runs, new ExitStatus(Lifecycle.UNKNOWN_EXIT, false, Instant.now()));
    } else {
      following.follow(container);
    }
  }

  /** Its output is taken up: its end is waited for, and what was cut short is done to the end. */
  private void taken(Container container) {
    lifecycle.watch(container, container.runs());
    core.workers.execute(() -> finish(container));
  }

  /** What a crash left between the two halves of a pause, update, connect or the like. */
  private void finish(Container container) {
    try (Lane.Hold hold = container.lane.enterAtLast("adoption")) {
      if (!container.status().alive()) {
        return;
      }
      try {
        if (container.status() == Status.PAUSED) {
          lifecycle.pausing().freeze(container);
        } else {
          lifecycle.pausing().unfreeze(container);
        }
      } catch (IOException | EngineException e) {
        if (e instanceof EngineException refusal && refusal.kind() == CONFLICT) {
          return; // it has ended meanwhile
        }
        failed("container " + container.name() + " cannot be paused, or let go on, again", e);
      }
      try {
        new Updating(core).finish(container);
      } catch (IOException | EngineException e) {
        failed("container " + container.name() + " cannot be updated to the end", e);
      }
      networks.finish(container);
    }
  }

  /** A driver that has gone again, as in an update, hears of it all when it is back. */
  static void failed(String what, Exception e) {
    if (e instanceof EngineException refusal && refusal.kind() == UNAVAILABLE) {
      LOG.info("{} now: {}", what, e.getMessage());
    } else {
      LOG.error(what, e);
    }
  }
}
