package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;
import static dev.felucca.kernel.EngineException.Kind.NOT_MODIFIED;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.ContainerManager.WaitResult;
import dev.felucca.kernel.container.ContainerState.Status;
import dev.felucca.kernel.isolation.ExitStatus;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts containers, deals with their ends and removes them, each with the container's lane held.
 */
@Component(service = Lifecycle.class)
public final class Lifecycle {
  private static final Logger LOG = LoggerFactory.getLogger(Lifecycle.class);

  /** Shown where nobody knows how a container ended. */
  static final int UNKNOWN_EXIT = 255;

  private final Core core;
  private final Starter starter;
  private final TakeDown takeDown;
  private final StartEnding starts;
  private final Removal removal;
  private final HealthChecks health;
  private final Pausing pausing;
  private final Stopping stopping;
  private final MemoryKills memory;

  @Activate
  public Lifecycle(@Reference Core core) {
    this.core = core;
    this.starter = new Starter(core);
    this.takeDown = new TakeDown(core);
    this.starts = new StartEnding(core);
    this.removal = new Removal(core);
    this.health = new HealthChecks(core);
    this.pausing = new Pausing(core, health);
    this.stopping = new Stopping(core, starts, pausing);
    this.memory = new MemoryKills(core);
  }

  Removal removal() {
    return removal;
  }

  Starter starter() {
    return starter;
  }

  Pausing pausing() {
    return pausing;
  }

  Stopping stopping() {
    return stopping;
  }

  /** Starts it on somebody's word: what the restart policy had in mind is over. */
  void start(Container container) throws IOException {
    try (Lane.Hold hold = container.lane.enter("start", container.name())) {
      if (container.status() == Status.PAUSED) {
        throw new EngineException(CONFLICT, "cannot start a paused container, try unpause instead");
      }
      if (container.status() == Status.REMOVING || container.status() == Status.DEAD) {
        throw new EngineException(
            CONFLICT, "container is marked for removal and cannot be started");
      }
      if (container.status() == Status.RUNNING) {
        throw new EngineException(
            NOT_MODIFIED, "container " + container.id.hex() + " is running already");
      }
      takeDownLeft(container);
      container.pendingRestart(null);
      container.countAnew();
      container.last(container.last().withStopRequested(false).withRestartCount(0));
      boolean failed = true;
      try {
        run(container);
        failed = false;
      } finally {
        if (failed) {
          container.restartCancelled();
        }
      }
    }
  }

  /** With the lane held. */
  private void run(Container container) throws IOException {
    try {
      watch(container, starter.start(container));
    } catch (IOException | RuntimeException e) {
      // Clients of `--rm` wait until it is gone, whatever kept it from starting.
      if (container.details().hostConfig().autoRemove()) {
        removeQuietly(container);
      }
      throw e;
    }
  }

  /** Deals with the end of this run when it comes. */
  void watch(Container container, int run) {
    health.follow(container, run);
    memory.follow(container, run);
    try {
      core.drivers
          .isolation()
          .use(container.record().drivers().isolation(), driver -> driver.exitOf(container.id))
          .whenComplete(
              (exit, failure) -> {
                if (exit != null) {
                  core.workers.execute(() -> drain(container, run, exit));
                } else {
                  LOG.debug(
                      "the end of {} will be asked for again: {}",
                      container.name(),
                      String.valueOf(failure));
                }
              });
    } catch (IOException | EngineException e) {
      if (e instanceof EngineException refusal
          && refusal.kind() == EngineException.Kind.NOT_FOUND) {
        LOG.error("container {} is lost: its driver does not know it", container.name(), e);
        ExitStatus lost = new ExitStatus(UNKNOWN_EXIT, false, Instant.now());
        core.workers.execute(() -> ended(container, run, lost));
        return;
      }
      // The driver went this moment; when it is back it adopts the container and the end is asked
      // for again.
      LOG.debug("the end of {} cannot be waited for now", container.name(), e);
    }
  }

  private void drain(Container container, int run, ExitStatus exit) {
    container.output.processEnded();
    CompletableFuture<Void> over = Drain.of(container.output, core.workers::after);
    if (over.isDone()) {
      ended(container, run, exit);
    } else {
      over.thenRun(() -> core.workers.execute(() -> ended(container, run, exit)));
    }
  }

  /**
   * A run has ended: what it had is given back, and the restart policy and {@code --rm} have their
   * say.
   */
  void ended(Container container, int run, ExitStatus exit) {
    boolean restart;
    Duration lasted;
    try (Lane.Hold hold = container.lane.enterAtLast("end")) {
      RunRecord ended = container.run();
      if (ended == null || container.runs() != run) {
        return;
      }
      health.stop(container);
      lasted = Duration.between(ended.started(), exit.finished());
      boolean memoryKill = container.tellMemoryKillAtEnd() && exit.oomKilled();
      LastState last = container.last().exited(exit.code(), exit.oomKilled(), exit.finished());
      restart = RestartRule.wantsRestart(container, last);
      if (restart) {
        last = last.withRestartCount(last.restartCount() + 1);
      }
      // Recorded before anything is taken down: what follows may hang, and after a crash the driver
      // no longer knows how it ended.
      container.over(last, restart);
      writeState(container);
      if (memoryKill) {
        core.publish(container, "oom");
      }
      if (container.takeUntoldStop()) {
        core.publish(container, "stop"); // first: who hears of the end knows whose word it was
      }
      core.publish(
          container,
          "die",
          Map.of(
              "exitCode", Integer.toString(exit.code()),
              "execDuration", Long.toString(Math.max(0, lasted.toSeconds()))));
      takeDown.run(container, ended);
      if (!container.details().hostConfig().autoRemove()) {
        LastState recorded = last;
        core.workers.execute(() -> syncState(container, recorded));
      }
      boolean remove =
          !restart && container.details().hostConfig().autoRemove() && !container.keptAtEnd();
      container.ended(container.last(), restart);
      if (remove) {
        removeQuietly(container);
      }
    }
    if (restart) {
      Duration delay = RestartRule.delay(container.countEnd(!RestartRule.isLong(lasted)));
      container.pendingRestart(core.workers.after(delay, () -> startAgain(container)));
    }
  }

  private void writeState(Container container) {
    try {
      core.store.writeState(container.id, container::last, false);
    } catch (IOException e) {
      LOG.error("the end of container {} could not be recorded", container.name(), e);
    }
  }

  /** To the disk, after those who wait for the end have heard of it. */
  private void syncState(Container container, LastState last) {
    try (Lane.Hold hold = container.lane.enterAtLast("recording the end")) {
      if (container.last().equals(last) && core.index.get(container.id) == container) {
        core.store.writeState(container.id, container::last, true);
      }
    } catch (IOException e) {
      LOG.error("the end of container {} could not be recorded", container.name(), e);
    }
  }

  private void removeQuietly(Container container) {
    try {
      removal.remove(container, true, true);
    } catch (IOException | RuntimeException e) {
      LOG.error(
          "container {} was to be removed after its end and could not be", container.name(), e);
    }
  }

  /**
   * With the lane held: takes down what an earlier engine did not live to. Either the run's end is
   * recorded and its driver and places are not told, or its start was never finished.
   */
  private boolean takeDownLeft(Container container) {
    RunRecord left = container.run();
    if (left == null) {
      return false;
    }
    takeDown.run(container, left);
    if (left.confirmed()) {
      container.ended(container.last(), false);
    } else {
      container.startUndone();
    }
    return left.confirmed();
  }

  /** Takes down what an earlier engine did not live to, unless somebody did meanwhile. */
  void settle(Container container) {
    try (Lane.Hold hold = container.lane.enterAtLast("end")) {
      if (!container.status().alive()
          && takeDownLeft(container)
          && container.details().hostConfig().autoRemove()) {
        removeQuietly(container);
      }
    }
  }

  /** The restart policy's start: a failure is an end like any other. */
  void startAgain(Container container) {
    try (Lane.Hold hold = container.lane.enterAtLast("restart")) {
      if (container.status().alive()
          || container.restartCancelledByHand()
          || container.status() == Status.REMOVING
          || core.index.get(container.id) != container) {
        return;
      }
      RunRecord old = container.run();
      if (old != null) {
        takeDown.run(container, old);
        container.ended(container.last(), true);
      }
      try {
        watch(container, starter.start(container));
      } catch (IOException | RuntimeException e) {
        LOG.warn("container {} could not be restarted: {}", container.name(), e.getMessage());
        notStartedAgain(container);
      }
    }
  }

  /** With the lane held: a stop comes before this, and holds, or after it, and cancels. */
  private void notStartedAgain(Container container) {
    LastState last = container.last().withRestartCount(container.last().restartCount() + 1);
    container.last(last);
    if (RestartRule.wantsRestart(container, last)) {
      container.status(Status.RESTARTING);
      container.pendingRestart(
          core.workers.after(
              RestartRule.delay(container.countEnd(true)), () -> startAgain(container)));
    } else {
      container.restartCancelled();
    }
  }

  /**
   * Kills it where needed and takes it away. By force also where it was started meanwhile, by a
   * restart of somebody's for one.
   */
  void remove(Container container, boolean force, boolean volumes) throws IOException {
    do {
      endForRemoval(container, force);
    } while (!takeAway(container, force, volumes));
  }

  private void endForRemoval(Container container, boolean force) throws IOException {
    if (container.status() == Status.RESTARTING && force) {
      stopping.stayEnded(container);
    }
    if (force) {
      starts.settle(container);
    }
    CompletableFuture<WaitResult> exit = container.nextExit();
    if (container.status().alive() || container.status() == Status.RESTARTING) {
      if (!force) {
        throw new EngineException(
            CONFLICT,
            "cannot remove container \""
                + container.name()
                + "\": container is "
                + container.status().name().toLowerCase(Locale.ROOT)
                + (container.status() == Status.PAUSED
                    ? " and must be unpaused first"
                    : ": stop the container before removing or force remove"));
      }
      stopping.rememberStop(container);
      try {
        stopping.kill(container, exit);
      } catch (EngineException e) {
        if (container.status().alive()) {
          throw new EngineException(
              e.kind(),
              "cannot remove container \""
                  + container.name()
                  + "\": could not kill container: "
                  + e.getMessage(),
              e);
        }
      }
    }
  }

  /** False where it has to be killed again first. */
  private boolean takeAway(Container container, boolean force, boolean volumes) throws IOException {
    try (Lane.Hold hold = container.lane.enter("removal", container.name())) {
      if (core.index.get(container.id) != container) {
        return true; // `--rm` was quicker
      }
      if (container.status().alive()) {
        if (force) {
          return false;
        }
        throw new EngineException(
            CONFLICT,
            "cannot remove container \"" + container.name() + "\": it was started meanwhile");
      }
      takeDownLeft(container);
      removal.remove(container, false, volumes || container.record().autoRemove());
      return true;
    }
  }

  /**
   * Waits for a start that is under way: its program may have printed, and who read that may signal
   * it, before the start has returned.
   */
  static void settled(Container container) {
    if (container.isStarting()) {
      container.lane.enter("look", container.name()).close();
    }
  }

  /** CONFLICT with Docker's words when it does not run. */
  static RunRecord alive(Container container) {
    settled(container);
    RunRecord run = container.run();
    if (run == null || !container.status().alive()) {
      throw new EngineException(CONFLICT, "container " + container.id.hex() + " is not running");
    }
    return run;
  }

  /** After an engine's start: what was running by policy and isn't is started, as Docker does. */
  void restartByPolicy(Container container) {
    LastState last = container.last();
    if (container.status().alive() || last.phase() == LastState.Phase.CREATED) {
      return;
    }
    if (RestartRule.startsWithEngine(container, last)) {
      container.policyBegins();
      core.workers.execute(() -> startAgain(container));
    }
  }
}
