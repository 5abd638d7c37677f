package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;
import static dev.felucca.kernel.EngineException.Kind.UNAVAILABLE;

import dev.felucca.engine.driver.Drivers;
import dev.felucca.engine.image.ImageUse;
import dev.felucca.engine.state.DamagedStateException;
import dev.felucca.engine.stream.OutputHub;
import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.ContainerState.Health;
import dev.felucca.kernel.container.ContainerState.Status;
import dev.felucca.kernel.isolation.ExitStatus;
import dev.felucca.kernel.isolation.OutputPositions;
import dev.felucca.kernel.isolation.OutputSink;
import dev.felucca.kernel.log.LogWriter;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
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
  private static final int GOING_PATIENCE_SECONDS = 3;

  private final Core core;
  private final Lifecycle lifecycle;
  private final ImageUse imageUse;
  private final LiveNetworks networks;
  private final ContainerNames names;
  private final HostResolvers resolvers;

  /** How often each isolation driver was greeted: what an earlier one found is out of date. */
  private final Map<String, Integer> greetings = new ConcurrentHashMap<>();

  private final List<Runnable> unhooks = new ArrayList<>();

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
    this.networks = new LiveNetworks(core);
    this.names = new ContainerNames(core);
    load();
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
    unhooks.add(drivers.logs().onArrival(name -> inBackground(this::logCame)));
    unhooks.add(drivers.logs().onDeparture(this::logWent));
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
    together(core.index.all().stream().<Runnable>map(c -> c::engineGoes).toList());
  }

  /** Side by side, and waits a little: a log may hang. */
  private void together(List<Runnable> tasks) {
    CompletableFuture<?>[] all =
        tasks.stream()
            .map(task -> CompletableFuture.runAsync(task, core.workers))
            .toArray(CompletableFuture[]::new);
    try {
      CompletableFuture.allOf(all).get(GOING_PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException | ExecutionException e) {
      LOG.warn("not everything could be closed in time", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void load() throws IOException {
    List<ContainerStore.Found> all = core.store.load(this::tellDamaged);
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
        core.workers.execute(() -> removeEnded(container));
        continue;
      }
      policyDue.add(id);
    }
    core.index.keepOnly(all.stream().map(found -> found.record().id()).collect(Collectors.toSet()));
    LOG.info("{} containers", all.size());
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

  private void tellDamaged(DamagedStateException damaged) {
    LOG.error("a state file makes no sense and was moved aside", damaged);
    core.events.publish(damaged.event());
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

  /** Nothing of a log driver may be kept when it goes: its classes go too. */
  private void logWent(String name) {
    List<Runnable> tasks = new ArrayList<>();
    for (Container container : core.index.all()) {
      if (container.record().drivers().log().equals(name) && container.output.isOpen()) {
        tasks.add(
            () -> {
              container.output.logGone();
              waiting.add(container.id);
            });
      }
    }
    together(tasks);
    if (core.drivers.logs().has(name)) {
      inBackground(this::logCame); // its successor was there before it went
    }
  }

  Set<ContainerId> waiting() {
    return Set.copyOf(waiting);
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
      follow(container);
    }
  }

  /**
   * Takes up output where the log ends, then waits for the container's end. Two drivers that come
   * at once must not open its log twice: what one writer has had is not given to the other again.
   */
  private void follow(Container container) {
    container.follows.execute(() -> takeUp(container));
  }

  private void takeUp(Container container) {
    String log = container.record().drivers().log();
    // Until it is followed: a log driver that comes meanwhile has to find it.
    waiting.add(container.id);
    if ((!container.output.isOpen() || container.output.logAway())
        && !core.drivers.logs().has(log)) {
      return;
    }
    try {
      OutputHub.Refollow from =
          container.output.isOpen() && !container.output.logAway()
              ? container.output.again()
              : open(container, log);
      core.drivers
          .isolation()
          .run(
              container.record().drivers().isolation(),
              driver -> driver.follow(container.id, from.from(), from.sink()));
      followed(container, log);
    } catch (IOException | EngineException e) {
      failed("output of container " + container.name() + " cannot be followed", e);
    }
    lifecycle.watch(container, container.runs());
    core.workers.execute(() -> finish(container));
  }

  private void followed(Container container, String log) {
    waiting.remove(container.id);
    if (container.output.isOpen() && container.output.logAway()) { // it went before the removal
      waiting.add(container.id);
      if (core.drivers.logs().has(log)) {
        follow(container);
      }
    }
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
  private static void failed(String what, Exception e) {
    if (e instanceof EngineException refusal && refusal.kind() == UNAVAILABLE) {
      LOG.info("{} now: {}", what, e.getMessage());
    } else {
      LOG.error(what, e);
    }
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
    if (container.output.isOpen()) {
      return container.output.logBack(writer);
    }
    OutputPositions from = writer.resumeAt();
    OutputSink sink = container.output.begin(writer, from);
    return new OutputHub.Refollow(from, sink);
  }
}
