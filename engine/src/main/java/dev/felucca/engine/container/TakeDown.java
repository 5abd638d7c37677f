package dev.felucca.engine.container;

import dev.felucca.engine.network.EndpointInUse;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives back what a run had: its process, its places in networks, its volumes, its directory. Each
 * whether or not the others can be; with the container's lane held.
 */
final class TakeDown {
  private static final Logger LOG = LoggerFactory.getLogger(TakeDown.class);

  private final Core core;
  private final Links links;
  private final VolumeMounts volumes;

  TakeDown(Core core) {
    this.core = core;
    this.links = new Links(core);
    this.volumes = new VolumeMounts(core);
  }

  /** What can't be given back is told in the log, and swept at a later start. Never throws. */
  void run(Container container, RunRecord run) {
    container.output.close();
    core.naming.withdraw(container.id);
    FutureTask<Void> leaving = new FutureTask<>(() -> leave(container, run), null);
    if (run.endpoints().stream().anyMatch(place -> !place.spec().addresses().isEmpty())) {
      // Side by side with what follows: the kernel takes its time over an interface's end.
      core.workers.execute(leaving);
    }
    String isolation = container.record().drivers().isolation();
    boolean deleted =
        quietly(
            container,
            "what " + isolation + " made of it",
            () -> core.drivers.isolation().run(isolation, driver -> driver.delete(container.id)));
    leaving.run(); // nothing, where a worker has begun
    quietly(container, "its places", () -> await(leaving));
    volumes.unmount(container.details());
    quietly(
        container,
        "its run directory",
        () -> {
          if (deleted) {
            core.store.deleteRun(container.id);
          } else {
            core.store.forgetRun(container.id);
          }
        });
  }

  private void leave(Container container, RunRecord run) {
    for (EndpointInUse endpoint : run.endpoints()) {
      quietly(
          container, "its place in " + endpoint.networkName(), () -> core.wiring.leave(endpoint));
      core.publishNetwork(container, endpoint, "disconnect");
    }
    if (!run.endpoints().isEmpty()) {
      quietly(container, "what links let pass to it", links::settle);
    }
  }

  /** Whoever hears that the run is over finds its addresses and ports free. */
  private static void await(Future<Void> task) throws IOException {
    try {
      task.get();
    } catch (ExecutionException e) {
      throw new IOException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while a container left its networks");
    }
  }

  private static boolean quietly(Container container, String what, Undo.Step step) {
    try {
      step.run();
      return true;
    } catch (IOException | RuntimeException e) {
      LOG.error("{} of container {} could not be taken down", what, container.name(), e);
      return false;
    }
  }
}
