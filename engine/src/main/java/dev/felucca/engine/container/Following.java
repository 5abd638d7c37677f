package dev.felucca.engine.container;

import dev.felucca.engine.stream.OutputHub;
import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.isolation.OutputPositions;
import dev.felucca.kernel.isolation.OutputSink;
import dev.felucca.kernel.log.LogWriter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Takes up the output of containers that run, where their logs end: after an engine's start, a new
 * isolation driver, a new log driver. One whose log driver is not there waits for it. Thread-safe:
 * of one container it is done by one at a time, on its queue {@link Container#follows}.
 */
final class Following {
  private final Core core;
  private final Consumer<Container> taken;

  /** Found by their isolation driver, and waiting for a log driver. */
  private final Set<ContainerId> waiting = ConcurrentHashMap.newKeySet();

  /**
   * @param taken is given each container whose output was taken up, or could not be
   */
  Following(Core core, Consumer<Container> taken) {
    this.core = core;
    this.taken = taken;
  }

  Set<ContainerId> waiting() {
    return Set.copyOf(waiting);
  }

  /** Nothing of a log driver may be kept when it goes: its classes go too. */
  void logWent(String name) {
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
    core.workers.together(tasks, Adoption.GOING_PATIENCE);
    if (core.drivers.logs().has(name)) {
      core.workers.execute(this::logCame); // its successor was there before it went
    }
  }

  /** Some log driver has come: those whose driver it is are taken up. */
  void logCame() {
    for (ContainerId id : List.copyOf(waiting)) {
      Container container = core.index.get(id);
      if (container == null || container.run() == null) {
        waiting.remove(id);
      } else if (core.drivers.logs().has(container.record().drivers().log())) {
        follow(container);
      }
    }
  }

  /**
   * Two drivers that come at once must not open its log twice: what one writer has had is not given
   * to the other again.
   */
  void follow(Container container) {
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
      Adoption.failed("output of container " + container.name() + " cannot be followed", e);
    }
    taken.accept(container);
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
