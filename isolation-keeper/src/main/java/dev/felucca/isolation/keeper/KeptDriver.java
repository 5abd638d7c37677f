package dev.felucca.isolation.keeper;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;
import static dev.felucca.kernel.EngineException.Kind.UNAVAILABLE;

import dev.felucca.isolation.host.Limits;
import dev.felucca.isolation.host.OpenFileLimit;
import dev.felucca.isolation.mount.RunningMounts;
import dev.felucca.isolation.shim.ShimProcess;
import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.isolation.ConsoleSize;
import dev.felucca.kernel.isolation.ContainerMount;
import dev.felucca.kernel.isolation.ContainerSpec;
import dev.felucca.kernel.isolation.ContainerStats;
import dev.felucca.kernel.isolation.ExecSpec;
import dev.felucca.kernel.isolation.ExitStatus;
import dev.felucca.kernel.isolation.HostLimits;
import dev.felucca.kernel.isolation.IsolationDriver;
import dev.felucca.kernel.isolation.OutputPositions;
import dev.felucca.kernel.isolation.OutputSink;
import dev.felucca.kernel.isolation.ProcessInfo;
import dev.felucca.kernel.isolation.Resources;
import dev.felucca.kernel.isolation.RunningContainer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * An isolation driver whose containers are kept by shims of ours: how they and their further
 * processes are made is what it adds.
 */
public abstract class KeptDriver<M extends Machinery, C extends KeptContainer>
    implements IsolationDriver, AutoCloseable {
  private static final Duration FREEZE_DEADLINE = Duration.ofSeconds(10);

  /** Finds out what there is to work with. */
  protected interface Start<M> {
    /**
     * @throws IOException says why this host cannot do it; so does UnsupportedOperationException
     */
    M start(Path run) throws IOException;
  }

  private final String name;
  private final Path run;
  private final @Nullable M machinery;
  private final @Nullable String unusable;
  private final Map<ContainerId, C> containers = new ConcurrentHashMap<>();
  private final Map<ContainerId, Creation<C>> making = new ConcurrentHashMap<>();
  private final Execs<C> execs;

  /**
   * Never throws for what the host lacks.
   *
   * @param run the driver's own directory, which a reboot may forget
   */
  protected KeptDriver(String name, Path run, Start<M> start) {
    this.name = name;
    this.run = run.toAbsolutePath().normalize();
    this.execs = new Execs<>(name);
    M started = null;
    String reason = null;
    try {
      Files.createDirectories(this.run);
      started = start.start(this.run);
    } catch (IOException | UnsupportedOperationException e) {
      reason = String.valueOf(e.getMessage());
    }
    this.machinery = started;
    this.unusable = reason;
  }

  protected abstract Creation<C> creation(M machinery, ContainerFiles files, ContainerSpec spec);

  /** Starts the shim of a further process; returns when its program has been executed. */
  protected abstract ShimProcess launch(M machinery, C container, ExecSpec spec) throws IOException;

  /**
   * Puts a container together again that an earlier engine made.
   *
   * @param state as its {@link KeptContainer#state} was
   */
  protected abstract C found(M machinery, Kept kept, Properties state) throws IOException;

  /** The remains of one that nobody knows are being removed; its processes have ended. */
  protected void forget(M machinery, ContainerId id, ContainerFiles files) throws IOException {}

  @Override
  public final String name() {
    return name;
  }

  @Override
  public final Optional<String> unusable() {
    return Optional.ofNullable(unusable);
  }

  @Override
  public final Map<String, String> status() {
    Map<String, String> facts = new LinkedHashMap<>();
    if (machinery != null) {
      describe(machinery, facts);
      facts.put("Cgroup Version", Integer.toString(machinery.cgroups().version()));
      facts.put("Run Directory", run.toString());
    }
    return facts;
  }

  /** What people are told of the driver first. */
  protected void describe(M machinery, Map<String, String> facts) {}

  @Override
  public RunningContainer create(ContainerSpec spec) throws IOException {
    ContainerFiles files = files(spec.id());
    if (containers.containsKey(spec.id()) || files.exists()) {
      throw new EngineException(CONFLICT, "container " + spec.id() + " exists already");
    }
    OpenFileLimit.requireRoom(machinery().linux());
    C container = make(creation(machinery(), files, spec), spec.id());
    int pid = container.shim().process().pid();
    return new RunningContainer(pid, "/proc/" + pid + "/ns/net", Instant.now());
  }

  private C make(Creation<C> creation, ContainerId id) throws IOException {
    making.put(id, creation);
    C container;
    try {
      container = creation.create();
      containers.put(id, container);
    } finally {
      making.remove(id);
    }
    if (creation.isCancelled()) {
      container.killAll(); // it was made before it could be ended
    }
    return container;
  }

  @Override
  public void start(ContainerId id) throws IOException {
    container(id).start();
  }

  @Override
  public void follow(ContainerId id, OutputPositions positions, OutputSink sink)
      throws IOException {
    container(id).follow(positions, sink);
  }

  @Override
  public final void writeInput(ContainerId id, ByteBuffer bytes) throws IOException {
    container(id).writeInput(bytes);
  }

  @Override
  public final void closeInput(ContainerId id) throws IOException {
    container(id).closeInput();
  }

  @Override
  public final CompletionStage<ExitStatus> exitOf(ContainerId id) {
    return container(id).exit();
  }

  @Override
  public final void signal(ContainerId id, int signal) throws IOException {
    container(id).signal(signal);
  }

  @Override
  public final void killAll(ContainerId id) throws IOException {
    Creation<C> unfinished = making.get(id);
    if (unfinished != null) {
      unfinished.cancel();
    } else {
      container(id).killAll();
    }
  }

  @Override
  public final void pause(ContainerId id) throws IOException {
    C container = container(id);
    container.requireRunning();
    container.cgroup().freeze(FREEZE_DEADLINE);
  }

  @Override
  public final void resume(ContainerId id) throws IOException {
    C container = container(id);
    container.requireRunning();
    container.cgroup().thaw();
  }

  @Override
  public final void update(ContainerId id, Resources resources) throws IOException {
    container(id).cgroup().update(Limits.of(resources));
  }

  @Override
  public final void mount(ContainerId id, ContainerMount mount) throws IOException {
    C container = container(id);
    container.requireRunning();
    new RunningMounts(machinery().linux())
        .mount(container.shim().process(), container.hasOwnUsers(), mount);
  }

  @Override
  public final void unmount(ContainerId id, String target) throws IOException {
    C container = container(id);
    container.requireRunning();
    new RunningMounts(machinery().linux()).unmount(container.shim().process(), target);
  }

  @Override
  public final HostLimits limits() {
    return machinery().limits();
  }

  @Override
  public final CompletionStage<Long> outOfMemory(ContainerId id, long seen) {
    return container(id).outOfMemory(seen);
  }

  @Override
  public final void resize(ContainerId id, ConsoleSize size) throws IOException {
    container(id).resize(size);
  }

  @Override
  public final ContainerStats stats(ContainerId id) throws IOException {
    return Limits.stats(container(id).cgroup().stats());
  }

  @Override
  public final List<ProcessInfo> processes(ContainerId id) throws IOException {
    return Processes.of(container(id).cgroup().pids());
  }

  @Override
  public final int exec(ContainerId id, ExecSpec spec, OutputSink sink) throws IOException {
    M machinery = machinery();
    return execs.start(
        machinery.keeper(),
        container(id),
        spec,
        sink,
        (container, process) -> launch(machinery, container, process));
  }

  @Override
  public final void writeExecInput(String execId, ByteBuffer bytes) throws IOException {
    execs.get(execId).writeInput(bytes);
  }

  @Override
  public final void closeExecInput(String execId) throws IOException {
    execs.get(execId).closeInput();
  }

  @Override
  public final void resizeExec(String execId, ConsoleSize size) throws IOException {
    execs.get(execId).resize(size);
  }

  @Override
  public final void signalExec(String execId, int signal) throws IOException {
    execs.get(execId).signal(signal);
  }

  @Override
  public final CompletionStage<ExitStatus> exitOfExec(String execId) {
    return execs.exit(execId);
  }

  @Override
  public void delete(ContainerId id) throws IOException {
    C container = containers.get(id);
    if (container != null) {
      container.delete();
      execs.forget(container);
      containers.remove(id);
    }
  }

  @Override
  public final Set<ContainerId> adopt(Set<ContainerId> known) throws IOException {
    M machinery = machinery();
    Adoption.Owner<C> owner =
        new Adoption.Owner<>() {
          @Override
          public C found(Kept kept, Properties state) throws IOException {
            return KeptDriver.this.found(machinery, kept, state);
          }

          @Override
          public void forget(ContainerId id, ContainerFiles files) throws IOException {
            KeptDriver.this.forget(machinery, id, files);
          }
        };
    containers.putAll(new Adoption<>(machinery, run, owner).adopt(known, containers.keySet()));
    return known.stream().filter(containers::containsKey).collect(Collectors.toSet());
  }

  /** Leaves every container as it is. */
  @Override
  public void close() {
    if (machinery != null) {
      String why = "the isolation driver \"" + name + "\" is going away";
      execs.leave(why);
      containers.values().forEach(container -> container.leave(why));
      containers.clear();
      machinery.keeper().close();
    }
  }

  /** UNAVAILABLE when this host cannot do it. */
  protected final M machinery() {
    if (machinery == null) {
      throw new EngineException(
          UNAVAILABLE, "the isolation driver \"" + name + "\" cannot work here: " + unusable);
    }
    return machinery;
  }

  protected final C container(ContainerId id) {
    C container = containers.get(id);
    if (container == null) {
      throw new EngineException(NOT_FOUND, "no container " + id + " in driver \"" + name + "\"");
    }
    return container;
  }

  protected final ContainerFiles files(ContainerId id) {
    return new ContainerFiles(run, id);
  }
}
