package dev.felucca.isolation.linux;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;
import static dev.felucca.kernel.EngineException.Kind.UNAVAILABLE;

import dev.felucca.isolation.host.Limits;
import dev.felucca.isolation.keeper.ContainerFiles;
import dev.felucca.isolation.keeper.Keeper;
import dev.felucca.isolation.keeper.Processes;
import dev.felucca.isolation.linux.host.Host;
import dev.felucca.isolation.linux.init.InitProgram;
import dev.felucca.isolation.linux.init.ProcessProgram;
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
import dev.felucca.linux.Syscalls;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/**
 * The isolation driver "linux": containers from namespaces, control groups, capabilities and
 * seccomp, each kept by a shim of its own, without any helper program.
 */
@Component(configurationPid = "dev.felucca.isolation.linux", service = IsolationDriver.class)
public final class LinuxIsolation implements IsolationDriver, AutoCloseable {
  private static final Duration FREEZE_DEADLINE = Duration.ofSeconds(10);

  private final Path run;
  private final @Nullable Machinery machinery;
  private final @Nullable String unusable;
  private final Map<ContainerId, Container> containers = new ConcurrentHashMap<>();
  private final Map<ContainerId, ProcessProgram> parked = new ConcurrentHashMap<>();
  private final Execs execs = new Execs();

  @Activate
  public LinuxIsolation(@Reference Syscalls linux, BundleContext context) {
    this(linux, runDirectory(context));
  }

  /** Keeps what a reboot may forget in that directory. Never throws for what the host lacks. */
  public LinuxIsolation(Syscalls linux, Path run) {
    this.run = run.toAbsolutePath().normalize();
    Machinery started = null;
    String reason = null;
    try {
      Files.createDirectories(this.run);
      started = start(linux, this.run);
    } catch (IOException | UnsupportedOperationException e) {
      reason = String.valueOf(e.getMessage());
    }
    this.machinery = started;
    this.unusable = reason;
  }

  private static Machinery start(Syscalls linux, Path run) throws IOException {
    Host host = Host.probe(linux);
    return new Machinery(Keeper.start(linux, run), host);
  }

  private static Path runDirectory(BundleContext context) {
    String configured = context.getProperty("felucca.run-dir");
    return Path.of(configured == null ? "/run/felucca" : configured, "isolation-linux");
  }

  @Override
  public String name() {
    return "linux";
  }

  @Override
  public Optional<String> unusable() {
    return Optional.ofNullable(unusable);
  }

  @Override
  public Map<String, String> status() {
    Map<String, String> facts = new LinkedHashMap<>();
    if (machinery != null) {
      facts.put("Cgroup Version", Integer.toString(machinery.host().cgroups().version()));
      facts.put("Run Directory", run.toString());
    }
    return facts;
  }

  @Override
  public RunningContainer create(ContainerSpec spec) throws IOException {
    ContainerFiles files = new ContainerFiles(run, spec.id());
    if (containers.containsKey(spec.id()) || files.exists()) {
      throw new EngineException(CONFLICT, "container " + spec.id() + " exists already");
    }
    Creation creation = new Creation(machinery(), files, spec);
    Container container = creation.create();
    parked.put(spec.id(), creation.program());
    containers.put(spec.id(), container);
    return creation.running();
  }

  @Override
  public void start(ContainerId id) throws IOException {
    Container container = container(id);
    ProcessProgram program = parked.get(id);
    if (program == null) {
      throw new EngineException(CONFLICT, "container " + id + " was started before");
    }
    container.start(program);
    // Thousands of steps for a container that is never started again.
    parked.remove(id);
  }

  @Override
  public void follow(ContainerId id, OutputPositions positions, OutputSink sink)
      throws IOException {
    container(id).follow(positions, sink);
  }

  @Override
  public void writeInput(ContainerId id, ByteBuffer bytes) throws IOException {
    container(id).writeInput(bytes);
  }

  @Override
  public void closeInput(ContainerId id) throws IOException {
    container(id).closeInput();
  }

  @Override
  public CompletionStage<ExitStatus> exitOf(ContainerId id) {
    return container(id).exit();
  }

  @Override
  public void signal(ContainerId id, int signal) throws IOException {
    container(id).signal(signal);
  }

  @Override
  public void killAll(ContainerId id) throws IOException {
    container(id).killAll();
  }

  @Override
  public void pause(ContainerId id) throws IOException {
    Container container = container(id);
    container.requireRunning();
    container.cgroup().freeze(FREEZE_DEADLINE);
  }

  @Override
  public void resume(ContainerId id) throws IOException {
    Container container = container(id);
    container.requireRunning();
    container.cgroup().thaw();
  }

  @Override
  public void update(ContainerId id, Resources resources) throws IOException {
    container(id).cgroup().update(Limits.of(resources));
  }

  @Override
  public void mount(ContainerId id, ContainerMount mount) throws IOException {
    new RunningMounts(machinery()).mount(container(id), mount);
  }

  @Override
  public void unmount(ContainerId id, String target) throws IOException {
    new RunningMounts(machinery()).unmount(container(id), target);
  }

  @Override
  public HostLimits limits() {
    return machinery().host().limits();
  }

  @Override
  public CompletionStage<Long> outOfMemory(ContainerId id, long seen) {
    return container(id).outOfMemory(seen);
  }

  @Override
  public void resize(ContainerId id, ConsoleSize size) throws IOException {
    container(id).resize(size);
  }

  @Override
  public ContainerStats stats(ContainerId id) throws IOException {
    return Limits.stats(container(id).cgroup().stats());
  }

  @Override
  public List<ProcessInfo> processes(ContainerId id) throws IOException {
    return Processes.of(container(id).cgroup().pids());
  }

  @Override
  public int exec(ContainerId id, ExecSpec spec, OutputSink sink) throws IOException {
    return execs.start(machinery(), container(id), spec, sink);
  }

  @Override
  public void writeExecInput(String execId, ByteBuffer bytes) throws IOException {
    execs.get(execId).writeInput(bytes);
  }

  @Override
  public void closeExecInput(String execId) throws IOException {
    execs.get(execId).closeInput();
  }

  @Override
  public void resizeExec(String execId, ConsoleSize size) throws IOException {
    execs.get(execId).resize(size);
  }

  @Override
  public void signalExec(String execId, int signal) throws IOException {
    execs.get(execId).signal(signal);
  }

  @Override
  public CompletionStage<ExitStatus> exitOfExec(String execId) {
    return execs.exit(execId);
  }

  @Override
  public void delete(ContainerId id) throws IOException {
    Container container = containers.get(id);
    if (container != null) {
      container.delete();
      execs.forget(container);
      parked.remove(id);
      containers.remove(id);
    }
  }

  @Override
  public Set<ContainerId> adopt(Set<ContainerId> known) throws IOException {
    Map<ContainerId, Container> found =
        new Adoption(machinery(), run).adopt(known, containers.keySet());
    containers.putAll(found);
    return known.stream().filter(containers::containsKey).collect(Collectors.toSet());
  }

  @Override
  public List<String> explain(ContainerSpec spec) {
    try {
      Path target = new ContainerFiles(run, spec.id()).target();
      return InitProgram.of(machinery().linux().arch(), machinery().host().plan(spec, null, target))
          .listing();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Leaves every container as it is. */
  @Deactivate
  @Override
  public void close() {
    Machinery ending = machinery;
    if (ending != null) {
      ending.keeper().close();
      String why = "the isolation driver \"linux\" is going away";
      execs.leave(why);
      containers.values().forEach(container -> container.leave(why));
      containers.clear();
    }
  }

  private Machinery machinery() {
    if (machinery == null) {
      throw new EngineException(
          UNAVAILABLE, "the isolation driver \"linux\" cannot work here: " + unusable);
    }
    return machinery;
  }

  private Container container(ContainerId id) {
    Container container = containers.get(id);
    if (container == null) {
      throw new EngineException(NOT_FOUND, "no container " + id + " in driver \"linux\"");
    }
    return container;
  }
}
