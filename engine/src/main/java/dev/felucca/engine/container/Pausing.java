package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;
import static dev.felucca.kernel.EngineException.Kind.INTERNAL;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.ContainerState.Status;
import java.io.IOException;

/** Freezes containers and lets them go on. */
final class Pausing {
  private final Core core;
  private final HealthChecks health;

  Pausing(Core core, HealthChecks health) {
    this.core = core;
    this.health = health;
  }

  void pause(Container container) throws IOException {
    pause(container, true);
  }

  /** For something that takes a moment: a crash within it leaves the container running. */
  void holdStill(Container container) throws IOException {
    pause(container, false);
  }

  private void pause(Container container, boolean lasts) throws IOException {
    try (Lane.Hold hold = container.lane.enter("pause", container.name())) {
      RunRecord run = Lifecycle.alive(container);
      if (run.paused()) {
        throw new EngineException(
            CONFLICT, "Container " + container.id.hex() + " is already paused");
      }
      RunRecord paused = run.withPaused(true);
      if (lasts) {
        // Recorded first: what a crash leaves half done, the adoption does.
        core.store.writeRun(container.id, paused);
      }
      try {
        freeze(container);
      } catch (IOException | RuntimeException e) {
        if (lasts) {
          core.store.writeRun(container.id, run);
        }
        throw e;
      }
      container.run(paused);
      health.stop(container);
    }
    core.publish(container, "pause");
  }

  void unpause(Container container) throws IOException {
    if (!letGoOn(container)) {
      throw new EngineException(INTERNAL, "Container " + container.id.hex() + " is not paused");
    }
  }

  /** False when it is not paused. */
  boolean letGoOn(Container container) throws IOException {
    try (Lane.Hold hold = container.lane.enter("unpause", container.name())) {
      Lifecycle.settled(container);
      RunRecord run = container.run();
      if (run == null || !run.paused()) {
        return false;
      }
      thaw(container, run);
    }
    core.publish(container, "unpause");
    return true;
  }

  /** With the lane held; repeats safely. */
  void freeze(Container container) throws IOException {
    core.drivers
        .isolation()
        .run(container.record().drivers().isolation(), driver -> driver.pause(container.id));
  }

  /** With the lane held; repeats safely. */
  void unfreeze(Container container) throws IOException {
    core.drivers
        .isolation()
        .run(container.record().drivers().isolation(), driver -> driver.resume(container.id));
  }

  /** With the lane held. */
  private void thaw(Container container, RunRecord run) throws IOException {
    unfreeze(container);
    RunRecord now = run.withPaused(false);
    core.store.writeRun(container.id, now);
    container.run(now);
    health.follow(container, container.runs());
  }

  /** Lets it go on where it is paused. */
  void goOn(Container container) throws IOException {
    try (Lane.Hold hold = container.lane.enter("signal", container.name())) {
      RunRecord run = container.run();
      if (run != null && container.status() == Status.PAUSED) {
        thaw(container, run);
      }
    }
  }
}
