package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;

import dev.felucca.kernel.EngineException;
import java.io.IOException;
import java.time.Duration;

/** Ends a start that does not get on, for those who want the container to end. */
final class StartEnding {
  /** Which no start takes that nothing holds up; what it starts may be signalled before. */
  private static final Duration USUAL = Duration.ofSeconds(1);

  private final Core core;

  StartEnding(Core core) {
    this.core = core;
  }

  /** Waits for a start that is under way, but not for one that hangs in its isolation driver. */
  void settle(Container container) throws IOException {
    if (!container.isStarting() || container.lane.comesFree(USUAL)) {
      return;
    }
    container.stopByHand(); // or it would be tried again
    try {
      core.drivers
          .isolation()
          .run(container.record().drivers().isolation(), driver -> driver.killAll(container.id));
    } catch (EngineException e) {
      if (e.kind() != NOT_FOUND) {
        throw e; // otherwise it hangs elsewhere
      }
    }
    container.lane.enter("look", container.name()).close();
  }
}
