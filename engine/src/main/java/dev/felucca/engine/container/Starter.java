package dev.felucca.engine.container;

import dev.felucca.engine.network.EndpointInUse;
import dev.felucca.engine.network.NetworkRecord;
import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.ContainerConfig;
import dev.felucca.kernel.container.ContainerDetails;
import dev.felucca.kernel.container.HostConfig;
import dev.felucca.kernel.isolation.ContainerSpec;
import dev.felucca.kernel.isolation.Namespaces.Source;
import dev.felucca.kernel.isolation.OutputPositions;
import dev.felucca.kernel.isolation.OutputSink;
import dev.felucca.kernel.isolation.RunningContainer;
import dev.felucca.kernel.log.LogWriter;
import dev.felucca.kernel.storage.Mount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Builds a run of a container out of storage, network, log and isolation; {@link TakeDown} gives it
 * all back.
 */
final class Starter {
  private final Core core;
  private final RunFiles files;
  private final ContainerNames names;
  private final Links links;
  private final Specs specs;
  private final VolumeMounts volumes;
  private final ImageMounts images;
  private final Places places;

  Starter(Core core) {
    this.core = core;
    this.files = new RunFiles(core);
    this.names = new ContainerNames(core);
    this.links = new Links(core);
    this.specs = new Specs(core);
    this.volumes = new VolumeMounts(core);
    this.images = new ImageMounts(core);
    this.places = new Places(core);
  }

  /** Where a run's network comes from. */
  private record Net(Source source, List<EndpointInUse> endpoints, boolean own) {}

  /**
   * Starts a run with the lane held; answers its number. When it fails nothing of it is left, and
   * the container shows the failure.
   */
  int start(Container container) throws IOException {
    Undo undo = new Undo();
    container.starting(true);
    try {
      return build(container, undo);
    } catch (IOException | RuntimeException e) {
      undo.run(e);
      EngineException told =
          container.last().stopRequested()
              ? StartRefusal.stopped(container, e)
              : StartRefusal.told(e);
      container.last(container.last().startFailed(StartRefusal.code(e), told.getMessage()));
      container.output.dismiss();
      try {
        core.store.writeState(container.id, container::last, false);
      } catch (IOException also) {
        told.addSuppressed(also);
      }
      throw told;
    } catch (Error e) {
      // A driver's bundle went within the call: its classes are no longer to be had.
      undo.run(e);
      container.output.dismiss();
      throw e;
    } finally {
      container.starting(false);
    }
  }

  private int build(Container container, Undo undo) throws IOException {
    ContainerDetails details = container.details();
    ContainerId id = container.id;
    String isolation = details.drivers().isolation();
    if (core.store.hasRun(id)) {
      Removal.clearRun(core, container);
    }
    Path scratch = core.store.makeScratch(id);
    AtomicBoolean deleted = new AtomicBoolean(true);
    undo.with(
        () -> {
          if (deleted.get()) {
            core.store.deleteRun(id);
          } else {
            core.store.forgetRun(id);
          }
        });
    Net net = network(container, undo);
    places.keep(container, net.endpoints);
    List<String> linked = links.environment(container, net.endpoints);
    String hostname = hostname(specs.networkOwner(details), net);
    if (specs.networkOwner(details) == details) {
      files.write(container, net.endpoints, net.own, hostname);
    }
    MountWords.makeSources(details);
    volumes.mount(details, undo);
    images.ready(details);
    List<Mount> root =
        core.drivers
            .snapshotters()
            .use(
                details.drivers().storage(),
                storage -> storage.mounts(container.record().snapshotKey()));
    // Before anything that outlives a crash: an engine that finds it knows that the start was not
    // finished.
    RunRecord begun =
        new RunRecord(false, 0, "", Instant.now(), false, net.endpoints, linked, null);
    core.store.writeRun(id, begun);
    LogWriter writer = log(details);
    undo.with(container.output::close);
    OutputSink sink = container.output.begin(writer, OutputPositions.START);

    ContainerSpec spec = specs.spec(container, root, scratch, net.source, hostname, linked);
    deleted.set(false);
    undo.with(
        () -> {
          core.drivers.isolation().run(isolation, driver -> driver.delete(id));
          deleted.set(true);
        });
    RunningContainer made = core.drivers.isolation().use(isolation, driver -> driver.create(spec));
    List<EndpointInUse> joined = new ArrayList<>();
    for (EndpointInUse endpoint : net.endpoints) {
      undo.with(() -> core.wiring.leave(endpoint));
      String own = made.networkNamespace();
      joined.add(wired(id, isolation, own, () -> core.wiring.join(endpoint, own)));
    }
    if (!joined.isEmpty()) {
      undo.with(() -> core.naming.withdraw(id));
      String own = made.networkNamespace();
      wired(
          id,
          isolation,
          own,
          () -> {
            names.serve(details, joined, own);
            return true;
          });
      links.starts(container, joined);
    }
    String namespace =
        net.source.path() != null ? net.source.path() : net.own ? made.networkNamespace() : "";
    RunRecord run =
        new RunRecord(true, made.pid(), namespace, made.started(), false, joined, linked, null);
    core.drivers
        .isolation()
        .run(
            isolation,
            driver -> {
              driver.follow(id, OutputPositions.START, sink);
              driver.start(id);
            });
    LastState last = container.last().started(run.started());
    core.store.writeRun(id, run);
    core.store.writeState(id, () -> last, false);
    int number = container.begin(run, last);
    for (EndpointInUse endpoint : joined) {
      core.publishNetwork(container, endpoint, "connect");
    }
    links.started(container);
    core.publish(container, "start");
    return number;
  }

  /** What is done to a network namespace from outside. */
  private interface Wiring<T> {
    T wire() throws IOException;
  }

  private <T> T wired(ContainerId id, String isolation, String namespace, Wiring<T> work)
      throws IOException {
    try {
      return work.wire();
    } catch (IOException e) {
      // A first process that failed takes its namespace with it: then why it failed is what there
      // is to tell. One that lives is not to run unwired.
      if (Files.exists(Path.of(namespace))) {
        throw e;
      }
      try {
        core.drivers.isolation().run(isolation, driver -> driver.start(id));
      } catch (IOException | EngineException cause) {
        cause.addSuppressed(e);
        throw cause;
      }
      throw e;
    }
  }

  private Net network(Container container, Undo undo) throws IOException {
    ContainerDetails details = container.details();
    HostConfig host = details.hostConfig();
    NetworkMode mode = NetworkMode.parse(host.networkMode());
    if (mode.kind() == NetworkMode.Kind.CONTAINER) {
      Source joined = Specs.networkOf(core.index.resolve(mode.ref()));
      return new Net(joined, List.of(), joined.path() != null);
    }
    if (mode.isHost()) {
      return new Net(Source.HOST, List.of(), false);
    }
    NetworkRecord network = core.wiring.findNetwork(mode.ref()).orElse(null);
    if (network != null && !core.wiring.isolated(network)) {
      return new Net(Source.HOST, List.of(), false);
    }
    return new Net(Source.PRIVATE, places.reserveAll(details, mode.ref(), undo), true);
  }

  private static String hostname(ContainerDetails details, Net net) throws IOException {
    ContainerConfig config = details.config();
    if (!config.hostname().isEmpty()) {
      return config.hostname();
    }
    boolean hosts = details.hostConfig().utsMode().equals("host") || !net.own;
    return hosts ? hostsName() : details.id().shortForm();
  }

  static String hostsName() throws IOException {
    return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
  }

  private @Nullable LogWriter log(ContainerDetails details) throws IOException {
    LogWriter writer =
        core.drivers
            .logs()
            .use(
                details.drivers().log(),
                log ->
                    log.writer(
                        core.store.directory(details.id()),
                        details.id().hex(),
                        details.hostConfig().logConfig().config()));
    // Positions count from this start: what the log says of an earlier run's is over.
    try {
      writer.checkpoint(OutputPositions.START);
    } catch (IOException | RuntimeException e) {
      writer.close();
      throw e;
    }
    return writer;
  }
}
