package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;
import static dev.felucca.kernel.EngineException.Kind.FORBIDDEN;
import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;
import static java.util.concurrent.TimeUnit.SECONDS;

import dev.felucca.engine.network.EndpointCheck;
import dev.felucca.engine.network.NetworkRecord;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.ContainerNetworks;
import dev.felucca.kernel.container.ContainerState.Status;
import dev.felucca.kernel.container.EndpointConfig;
import dev.felucca.kernel.container.HostConfig;
import dev.felucca.kernel.container.HostPort;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** What clients ask to be changed in a container's networks and published ports. */
@Component
public final class NetworkService implements ContainerNetworks {
  private static final int END_PATIENCE_SECONDS = 1;

  private final Core core;
  private final LiveNetworks live;

  /**
   * @param adopted containers of an earlier engine are known before the first request
   */
  @Activate
  public NetworkService(@Reference Core core, @Reference Adoption adopted) {
    this.core = core;
    this.live = new LiveNetworks(core);
  }

  @Override
  public void connect(String ref, String containerRef, EndpointConfig asked) throws IOException {
    Container container = core.index.resolve(containerRef);
    NetworkRecord network = core.wiring.network(ref);
    try (Lane.Hold hold = container.lane.enter("connect", container.name())) {
      ContainerRecord record = here(container).record();
      String name = network.spec().name();
      mayConnect(record, network);
      EndpointCheck.against(network, asked);
      RunRecord run = container.run();
      if (run == null || !container.status().alive()) {
        rewrite(container, with(record, name, asked));
        return;
      }
      if (record.networks().containsKey(name)) {
        throw new EngineException(
            FORBIDDEN,
            "endpoint with name " + record.name() + " already exists in network " + name);
      }
      try {
        live.connect(container, run, network, asked);
      } catch (IOException e) {
        if (!ends(container)) {
          throw e;
        }
        // Its end came first and waits for the lane: it connects with its next start.
        rewrite(container, with(record, name, asked));
        return;
      }
      try {
        rewrite(container, with(record, name, asked));
      } catch (IOException e) {
        takeBack(container, e, now -> live.disconnect(container, now, name));
        throw e;
      }
      live.aliasesChanged(container);
    }
  }

  /** Its first process is over, or will be in a moment: its namespaces go a little before it. */
  private boolean ends(Container container) {
    try {
      core.drivers
          .isolation()
          .use(container.record().drivers().isolation(), driver -> driver.exitOf(container.id))
          .toCompletableFuture()
          .get(END_PATIENCE_SECONDS, SECONDS);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } catch (IOException | EngineException | ExecutionException | TimeoutException running) {
      return false;
    }
  }

  private static ContainerRecord with(ContainerRecord record, String name, EndpointConfig asked) {
    Map<String, EndpointConfig> networks = new HashMap<>(record.networks());
    networks.put(name, asked);
    return record.withNetworks(networks);
  }

  private static void mayConnect(ContainerRecord record, NetworkRecord network) {
    NetworkMode mode = NetworkMode.parse(record.hostConfig().networkMode());
    String name = network.spec().name();
    if (mode.kind() == NetworkMode.Kind.CONTAINER
        || (mode.isHost() && !name.equals("host"))
        || (name.equals("host") && !mode.isHost())) {
      throw new EngineException(
          INVALID,
          name.equals("host")
              ? "cannot connect container to host network - container must be created in host network"
                  + " mode"
              : "container sharing network namespace with another container or host cannot be"
                  + " connected to any other network");
    }
    boolean inNone = record.networks().containsKey("none");
    if (inNone != name.equals("none") && !record.networks().isEmpty()) {
      throw new EngineException(
          INVALID,
          "container cannot be connected to multiple networks with one of the networks in private"
              + " (none) mode");
    }
  }

  @Override
  public void disconnect(String ref, String containerRef, boolean force) throws IOException {
    Container container;
    try {
      container = core.index.resolve(containerRef);
    } catch (EngineException e) {
      if (force && e.kind() == NOT_FOUND) {
        core.wiring.network(ref);
        return;
      }
      throw e;
    }
    try (Lane.Hold hold = container.lane.enter("disconnect", container.name())) {
      ContainerRecord record = here(container).record();
      // A network that is gone can still be left by the name the container knows it by.
      String name =
          core.wiring
              .findNetwork(ref)
              .map(network -> network.spec().name())
              .orElseGet(
                  () ->
                      record.networks().containsKey(ref)
                          ? ref
                          : core.wiring.network(ref).spec().name());
      if (name.equals("host")) {
        throw new EngineException(
            INVALID,
            "cannot disconnect container from host network - container was created in host network"
                + " mode");
      }
      if (!record.networks().containsKey(name)) {
        throw new EngineException(
            INVALID, "container " + container.id.hex() + " is not connected to network " + name);
      }
      Map<String, EndpointConfig> networks = new HashMap<>(record.networks());
      networks.remove(name);
      // First: after a crash a place that is not here any more is taken away.
      rewrite(container, record.withNetworks(networks));
      RunRecord run = container.run();
      if (run != null && container.status().alive()) {
        live.disconnect(container, run, name);
      }
    }
  }

  @Override
  public void publish(String ref, Map<String, List<HostPort>> bindings) throws IOException {
    PortSpecs.check(bindings);
    Container container = core.index.resolve(ref);
    try (Lane.Hold hold = container.lane.enter("publish", container.name())) {
      ContainerRecord record = here(container).record();
      PortSpecs.mayPublish(record.hostConfig());
      RunRecord run = container.run();
      Map<String, List<HostPort>> decided =
          run != null && container.status().alive()
              ? live.publish(container, run, bindings)
              : bindings;
      try {
        rewrite(container, record.withHostConfig(PortSpecs.with(record.hostConfig(), decided)));
      } catch (IOException e) {
        takeBack(container, e, now -> live.unpublish(container, now, decided, record.hostConfig()));
        throw e;
      }
    }
    core.publish(container, "update");
  }

  @Override
  public void unpublish(String ref, Map<String, List<HostPort>> ports) throws IOException {
    PortSpecs.check(ports);
    Container container = core.index.resolve(ref);
    try (Lane.Hold hold = container.lane.enter("unpublish", container.name())) {
      ContainerRecord record = here(container).record();
      RunRecord run = container.run();
      HostConfig next = PortSpecs.without(record.hostConfig(), ports);
      boolean known = !next.portBindings().equals(record.hostConfig().portBindings());
      if (run != null && container.status().alive()) {
        known |= live.unpublish(container, run, ports, next);
      }
      if (!known) {
        throw new EngineException(
            NOT_FOUND,
            "no public port "
                + String.join(", ", ports.keySet())
                + " published for "
                + record.name());
      }
      rewrite(container, record.withHostConfig(next));
    }
    core.publish(container, "update");
  }

  private Container here(Container container) {
    if (core.index.get(container.id) != container || container.status() == Status.REMOVING) {
      throw new EngineException(
          CONFLICT,
          "container " + container.id.hex() + " is marked for removal and cannot be changed");
    }
    return container;
  }

  /** Takes a change of a run back. */
  private interface Undoing {
    void run(RunRecord now) throws IOException;
  }

  /** What cannot be written down, as on a full disk, is not to be: the run loses it again. */
  private static void takeBack(Container container, IOException cause, Undoing undoing) {
    RunRecord now = container.run();
    if (now != null) {
      Undo undo = new Undo();
      undo.with(() -> undoing.run(now));
      undo.run(cause);
    }
  }

  private void rewrite(Container container, ContainerRecord record) throws IOException {
    core.store.rewrite(record);
    container.record(record);
  }
}
