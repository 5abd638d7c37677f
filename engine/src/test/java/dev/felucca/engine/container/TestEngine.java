package dev.felucca.engine.container;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.felucca.engine.driver.DefaultDrivers;
import dev.felucca.engine.driver.Drivers;
import dev.felucca.engine.event.RecentEvents;
import dev.felucca.engine.image.ImageUse;
import dev.felucca.engine.network.EngineNetworks;
import dev.felucca.engine.state.Directories;
import dev.felucca.engine.state.EngineConfig;
import dev.felucca.engine.state.Settings;
import dev.felucca.engine.volume.EngineVolumes;
import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.container.ContainerConfig;
import dev.felucca.kernel.container.ContainerDetails;
import dev.felucca.kernel.container.ContainerState.Status;
import dev.felucca.kernel.container.CreateRequest;
import dev.felucca.kernel.container.HostConfig;
import dev.felucca.kernel.event.Event;
import dev.felucca.tck.fake.FakeHost;
import dev.felucca.tck.fake.FakeIsolation;
import dev.felucca.tck.fake.FakeLog;
import dev.felucca.tck.fake.FakeNameServer;
import dev.felucca.tck.fake.FakeNetwork;
import dev.felucca.tck.fake.FakeProcess;
import dev.felucca.tck.fake.FakeSnapshotter;
import dev.felucca.tck.fake.FakeVolumes;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** An engine's container side on drivers made of memory, put together as SCR does it. */
final class TestEngine implements AutoCloseable {
  /** What lasts under an engine: the machine and its directories. */
  static final class Machine {
    final Path root;
    final FakeHost host = new FakeHost();
    FakeIsolation isolation = new FakeIsolation("linux", host);
    FakeSnapshotter storage = new FakeSnapshotter("overlay");
    FakeNetwork bridge = new FakeNetwork("bridge");
    FakeNameServer names = new FakeNameServer();
    FakeNetwork hostNetwork = new FakeNetwork("host");
    FakeNetwork none = new FakeNetwork("null");
    FakeLog log = new FakeLog("json-file");
    FakeVolumes volumes;
    final FakeRootFiles files = new FakeRootFiles();

    Machine(Path root) {
      this.root = root;
      this.volumes = new FakeVolumes("local", root.resolve("v"));
    }
  }

  final Machine machine;
  final Drivers drivers = new Drivers();
  final RecentEvents bus = new RecentEvents();
  final List<Event> events = new CopyOnWriteArrayList<>();
  final Directories directories;
  final Core core;
  final Lifecycle lifecycle;
  final Adoption adoption;
  final ContainerService manager;
  final QueryService queries;
  final StreamService streams;
  final ExecService execs;
  final EngineNetworks networks;
  final EngineVolumes volumes;
  final MountService mounts;
  private boolean closed;

  TestEngine(Machine machine) throws IOException {
    this(machine, true);
  }

  TestEngine(Machine machine, boolean withDrivers) throws IOException {
    this(machine, withDrivers, machine.root.resolve("d"), machine.root.resolve("r"));
  }

  TestEngine(Machine machine, boolean withDrivers, Path data, Path run) throws IOException {
    this.machine = machine;
    bus.subscribe(null, null, Map.of(), events::add, () -> {});
    directories = new Directories(data, run);
    Settings settings = new Settings(config());
    DefaultDrivers defaults = new DefaultDrivers(drivers, settings);
    networks = new EngineNetworks(directories, settings, drivers, bus);
    FakeImages images = new FakeImages();
    if (withDrivers) {
      bindAll();
    }
    ContainerIndex index = new ContainerIndex();
    volumes = new EngineVolumes(directories, drivers, bus, index);
    core =
        new Core(
            directories,
            settings,
            drivers,
            defaults,
            bus,
            images,
            images,
            networks,
            volumes,
            index);
    lifecycle = new Lifecycle(core);
    adoption = new Adoption(core, lifecycle, new ImageUse());
    manager = new ContainerService(core, lifecycle, adoption);
    queries = new QueryService(core, adoption);
    streams = new StreamService(core, adoption);
    execs = new ExecService(core, adoption);
    mounts = new MountService(core, adoption);
  }

  void bindAll() {
    drivers.bindSnapshotter(machine.storage);
    drivers.bindIsolation(machine.isolation);
    drivers.bindNetwork(machine.bridge);
    drivers.bindNameServer(machine.names);
    drivers.bindNetwork(machine.hostNetwork);
    drivers.bindNetwork(machine.none);
    drivers.bindLog(machine.log);
    drivers.bindVolume(machine.volumes);
    drivers.bindRootFiles(machine.files);
  }

  static EngineConfig config() {
    return (EngineConfig)
        Proxy.newProxyInstance(
            EngineConfig.class.getClassLoader(),
            new Class<?>[] {EngineConfig.class},
            (proxy, method, arguments) ->
                method.getName().equals("bridgeAddress")
                    ? "10.99.0.1/24"
                    : method.getDefaultValue());
  }

  /** As {@code docker create}; the name may be null. */
  ContainerId create(
      String name, Consumer<ContainerConfig.Builder> config, Consumer<HostConfig.Builder> host)
      throws IOException {
    ContainerConfig.Builder asked = ContainerConfig.builder();
    asked.image = "busybox";
    config.accept(asked);
    HostConfig.Builder onHost = HostConfig.builder();
    host.accept(onHost);
    return manager
        .create(new CreateRequest(name, null, asked.build(), onHost.build(), Map.of(), Map.of()))
        .id();
  }

  ContainerId create(String name) throws IOException {
    return create(name, config -> {}, host -> {});
  }

  /** Creates and starts. */
  ContainerId run(String name) throws IOException {
    return run(name, host -> {});
  }

  ContainerId run(String name, Consumer<HostConfig.Builder> host) throws IOException {
    ContainerId id = create(name, config -> {}, host);
    manager.start(id.hex());
    return id;
  }

  FakeProcess process(ContainerId id) {
    return machine.host.process(id);
  }

  ContainerDetails inspect(ContainerId id) {
    return queries.inspect(id.hex(), false);
  }

  Status status(ContainerId id) {
    return inspect(id).state().status();
  }

  void awaitStatus(ContainerId id, Status status) {
    await("container is " + status, () -> status(id) == status);
  }

  boolean exists(ContainerId id) {
    return core.index.get(id) != null;
  }

  /** The actions of everything that happened so far, {@code network} before those of networks. */
  List<String> actions() {
    return events.stream()
        .map(e -> e.type().equals("container") ? e.action() : e.type() + " " + e.action())
        .toList();
  }

  void awaitActions(String... wanted) {
    List<String> all = List.of(wanted);
    long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (!actions().equals(all)) {
      if (System.nanoTime() > end) {
        fail("wanted " + all + ", came " + actions());
      }
      Thread.onSpinWait();
    }
  }

  static void await(String what, Callable<Boolean> condition) {
    await(what, Duration.ofSeconds(10), condition);
  }

  static void await(String what, Duration patience, Callable<Boolean> condition) {
    long end = System.nanoTime() + patience.toNanos();
    try {
      while (!condition.call()) {
        assertTrue(System.nanoTime() < end, "in time: " + what);
        Thread.sleep(2);
      }
    } catch (Exception e) {
      throw new AssertionError(what, e);
    }
  }

  /** What {@code kill -9} leaves: nothing is told to anybody any more. */
  void crash() {
    if (!closed) {
      closed = true;
      machine.isolation.close();
      core.close();
      bus.close();
      directories.close();
      machine.isolation = new FakeIsolation("linux", machine.host);
      machine.bridge = machine.bridge.updated();
      machine.log = machine.log.updated();
    }
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      adoption.close();
      core.close();
      bus.close();
      directories.close();
    }
  }
}
