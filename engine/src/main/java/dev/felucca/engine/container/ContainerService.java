package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;
import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.ContainerManager;
import dev.felucca.kernel.container.ContainerState.Status;
import dev.felucca.kernel.container.CreateRequest;
import dev.felucca.kernel.container.CreateResult;
import dev.felucca.kernel.container.UpdateRequest;
import dev.felucca.kernel.isolation.ConsoleSize;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** What clients ask to be done with containers. */
@Component
public final class ContainerService implements ContainerManager {
  private final Core core;
  private final Lifecycle lifecycle;
  private final Creation creation;

  /**
   * @param adopted containers of an earlier engine are known before the first request
   */
  @Activate
  public ContainerService(
      @Reference Core core, @Reference Lifecycle lifecycle, @Reference Adoption adopted) {
    this.core = core;
    this.lifecycle = lifecycle;
    this.creation = new Creation(core);
  }

  @Override
  public CreateResult create(CreateRequest request) throws IOException {
    return creation.create(request);
  }

  @Override
  public void start(String ref) throws IOException {
    lifecycle.start(core.index.resolve(ref));
  }

  @Override
  public void stop(String ref, @Nullable Integer timeout, @Nullable String signal)
      throws IOException {
    Container container = core.index.resolve(ref);
    lifecycle.stopping().stop(container, timeout(container, timeout), signal(container, signal));
  }

  @Override
  public void restart(String ref, @Nullable Integer timeout, @Nullable String signal)
      throws IOException {
    Container container = core.index.resolve(ref);
    if (container.status().alive() || container.status() == Status.RESTARTING) {
      container.keepAtEnd(true);
      try {
        lifecycle
            .stopping()
            .stop(container, timeout(container, timeout), signal(container, signal));
      } catch (EngineException e) {
        if (e.kind() != EngineException.Kind.NOT_MODIFIED) {
          throw e;
        }
      }
    }
    try {
      lifecycle.start(container);
    } catch (EngineException e) {
      // Somebody else has started it in between: it runs anew.
      if (e.kind() != EngineException.Kind.NOT_MODIFIED) {
        throw e;
      }
    } finally {
      container.keepAtEnd(false);
    }
    core.publish(container, "restart");
  }

  private int timeout(Container container, @Nullable Integer asked) {
    Integer own = container.details().config().stopTimeout();
    return asked != null ? asked : own != null ? own : core.settings.now().stopTimeout();
  }

  private static int signal(Container container, @Nullable String asked) {
    return Signals.number(
        asked == null || asked.isEmpty() ? Stopping.stopSignal(container.details()) : asked);
  }

  @Override
  public void kill(String ref, String signal) throws IOException {
    try {
      lifecycle
          .stopping()
          .signalByHand(
              core.index.resolve(ref), Signals.number(signal.isEmpty() ? "KILL" : signal));
    } catch (EngineException e) {
      throw new EngineException(
          e.kind(), "cannot kill container: " + ref + ": " + e.getMessage(), e);
    }
  }

  @Override
  public void pause(String ref) throws IOException {
    lifecycle.pausing().pause(core.index.resolve(ref));
  }

  @Override
  public void unpause(String ref) throws IOException {
    lifecycle.pausing().unpause(core.index.resolve(ref));
  }

  @Override
  public void rename(String ref, String name) throws IOException {
    Container container = core.index.resolve(ref);
    try (Lane.Hold hold = container.lane.enter("rename", container.name())) {
      String old = container.name();
      if (name.isEmpty()) {
        throw new EngineException(INVALID, "Neither old nor new names may be empty");
      }
      if (name.equals(old) || name.equals("/" + old)) {
        throw new EngineException(
            INVALID, "Renaming a container with the same name as its current name");
      }
      String taken = reserve(name, container);
      try {
        core.store.rewrite(container.record().withName(taken));
      } catch (IOException e) {
        core.index.release(taken, container.id);
        throw e;
      }
      container.rename(taken);
      core.index.release(old, container.id);
      RunRecord run = container.run();
      if (run != null && container.status().alive()) {
        new LiveNetworks(core).renamed(container, run);
      }
      core.publish(container, "rename", Map.of("oldName", "/" + old));
    }
  }

  private String reserve(String name, Container container) {
    try {
      return core.index.reserve(name.startsWith("/") ? name : "/" + name, container.id);
    } catch (EngineException e) {
      throw new EngineException(e.kind(), "Error when allocating new name: " + e.getMessage(), e);
    }
  }

  @Override
  public void remove(String ref, boolean force, boolean volumes) throws IOException {
    lifecycle.remove(core.index.resolve(ref), force, volumes);
  }

  @Override
  public void unlink(String name) throws IOException {
    new Links(core).unlink(name);
  }

  @Override
  public List<String> update(String ref, UpdateRequest request) throws IOException {
    return new Updating(core).update(core.index.resolve(ref), request);
  }

  @Override
  public void resize(String ref, ConsoleSize size) throws IOException {
    Container container = core.index.resolve(ref);
    Lifecycle.alive(container);
    if (!container.details().config().tty()) {
      throw new EngineException(CONFLICT, "container " + container.id.hex() + " has no terminal");
    }
    core.drivers
        .isolation()
        .run(container.record().drivers().isolation(), driver -> driver.resize(container.id, size));
    core.publish(
        container,
        "resize",
        Map.of("height", Integer.toString(size.rows()), "width", Integer.toString(size.columns())));
  }

  @Override
  public Pruned prune(Map<String, List<String>> filters) throws IOException {
    return new Pruning(core, lifecycle).prune(filters);
  }

  @Override
  public CompletionStage<WaitResult> await(String ref, WaitCondition condition) {
    Container container = core.index.resolve(ref);
    return switch (condition) {
      case REMOVED -> container.waiters().awaitRemoval();
      case NEXT_EXIT -> container.waiters().awaitExit();
      case NOT_RUNNING -> {
        CompletableFuture<WaitResult> exit = container.waiters().awaitExit();
        Status status = container.status();
        // Asked for first: an end between the two lines is not missed.
        if (!status.alive() && status != Status.RESTARTING) {
          exit.complete(new WaitResult(container.last().exitCode(), null));
        }
        yield exit;
      }
    };
  }
}
