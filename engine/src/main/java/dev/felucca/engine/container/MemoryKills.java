package dev.felucca.engine.container;

import dev.felucca.kernel.EngineException;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells when the kernel kills processes of running containers for want of memory: the event {@code
 * oom} as it happens, and the flag that stays until the next start.
 */
final class MemoryKills {
  private static final Logger LOG = LoggerFactory.getLogger(MemoryKills.class);

  private final Core core;

  MemoryKills(Core core) {
    this.core = core;
  }

  /** What an engine before this one has told already is not told again. */
  void follow(Container container, int run) {
    follow(container, run, 0, container.last().oomKilled());
  }

  private void follow(Container container, int run, long seen, boolean told) {
    try {
      core.drivers
          .isolation()
          .use(
              container.record().drivers().isolation(),
              driver -> driver.outOfMemory(container.id, seen))
          .whenComplete(
              (kills, failure) -> {
                if (kills != null) {
                  core.workers.execute(() -> happened(container, run, kills, told));
                }
              });
    } catch (IOException | EngineException e) {
      // Its end, or the driver's return, is what comes next: both are asked for elsewhere.
      LOG.debug("the memory of {} is not watched now", container.name(), e);
    }
  }

  private void happened(Container container, int run, long kills, boolean told) {
    if (!told && container.tellMemoryKill(run)) {
      core.publish(container, "oom");
      try {
        core.store.writeState(container.id, container::last, false);
      } catch (IOException e) {
        LOG.error("that {} ran out of memory could not be recorded", container.name(), e);
      }
    }
    if (container.runs() == run && container.run() != null && container.status().alive()) {
      follow(container, run, kills, false);
    }
  }
}
