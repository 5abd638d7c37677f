package dev.felucca.isolation.oci;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;
import static dev.felucca.kernel.EngineException.Kind.UNAVAILABLE;

import dev.felucca.isolation.host.Limits;
import dev.felucca.isolation.keeper.ContainerFiles;
import dev.felucca.isolation.keeper.Processes;
import dev.felucca.isolation.user.ResolvedUser;
import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.isolation.ConsoleSize;
import dev.felucca.kernel.isolation.ContainerSpec;
import dev.felucca.kernel.isolation.ContainerStats;
import dev.felucca.kernel.isolation.ExecSpec;
import dev.felucca.kernel.isolation.ExitStatus;
import dev.felucca.kernel.isolation.HostLimits;
import dev.felucca.kernel.isolation.IsolationDriver;
import dev.felucca.kernel.isolation.OutputPositions;
import dev.felucca.kernel.isolation.OutputSink;
import dev.felucca.kernel.isolation.ProcessInfo;
import dev.felucca.kernel.isolation.ProcessSpec;
import dev.felucca.kernel.isolation.Resources;
import dev.felucca.kernel.isolation.RunningContainer;
import dev.felucca.linux.Syscalls;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * An isolation driver that has an OCI runtime make its containers. The runtime is gone when a
 * container runs; what keeps it then is a shim of our own, as with the driver "linux".
 */
public final class OciIsolation implements IsolationDriver, AutoCloseable {
  private static final Duration FREEZE_DEADLINE = Duration.ofSeconds(10);

  private record Parked(ProcessSpec process, boolean init) {}

  private final String name;
  private final Path run;
  private final @Nullable OciMachinery machinery;
  private final @Nullable String unusable;
  private final Map<ContainerId, OciContainer> containers = new ConcurrentHashMap<>();
  private final Map<ContainerId, Parked> parked = new ConcurrentHashMap<>();

  /** Those whose program the runtime refused: it looks for it when it creates. */
  private final Map<ContainerId, EngineException> refused = new ConcurrentHashMap<>();

  private final OciExecs execs = new OciExecs();

  /**
   * Never throws for what the host lacks.
   *
   * @param program the runtime
   * @param run the driver's own, for what a reboot may forget
   */
  public OciIsolation(Syscalls linux, String name, Path program, Path run, Duration patience) {
    this.name = name;
    this.run = run.toAbsolutePath().normalize();
    OciMachinery started = null;
    String reason = null;
    try {
      Files.createDirectories(this.run);
      started = OciMachinery.start(linux, program, this.run, patience);
    } catch (IOException | UnsupportedOperationException e) {
      reason = String.valueOf(e.getMessage());
    }
    this.machinery = started;
    this.unusable = reason;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Optional<String> unusable() {
    return Optional.ofNullable(unusable);
  }

  @Override
  public Map<String, String> status() {
    Map<String, String> facts = new LinkedHashMap<>();
    if (machinery != null) {
      facts.put("Runtime", machinery.runtime().path() + " (" + machinery.runtime().version() + ")");
      facts.put("Cgroup Version", Integer.toString(machinery.cgroups().version()));
      facts.put("Run Directory", run.toString());
    }
    return facts;
  }

  @Override
  public RunningContainer create(ContainerSpec spec) throws IOException {
    ContainerFiles files = new ContainerFiles(run, spec.id());
    if (containers.containsKey(spec.id()) || refused.containsKey(spec.id()) || files.exists()) {
      throw new EngineException(CONFLICT, "container " + spec.id() + " exists already");
    }
    OciContainer container;
    try {
      container = new OciCreation(machinery(), files, spec).create();
    } catch (EngineException e) {
      if (e.kind() != EngineException.Kind.INVALID) {
        throw e;
      }
      refused.put(spec.id(), e);
      return new RunningContainer(0, "/proc/0/ns/net", Instant.now());
    }
    parked.put(spec.id(), new Parked(spec.process(), spec.init()));
    containers.put(spec.id(), container);
    int pid = container.shim().process().pid();
    return new RunningContainer(pid, "/proc/" + pid + "/ns/net", Instant.now());
  }

  @Override
  public void start(ContainerId id) throws IOException {
    EngineException refusal = refused.get(id);
    if (refusal != null) {
      throw refusal;
    }
    OciContainer container = container(id);
    Parked first = parked.remove(id);
    if (first == null) {
      throw new EngineException(CONFLICT, "container " + id + " was started before");
    }
    container.start(first.process(), first.init());
  }

  @Override
  public void follow(ContainerId id, OutputPositions positions, OutputSink sink)
      throws IOException {
    if (!refused.containsKey(id)) {
      container(id).follow(positions, sink);
    }
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
    OciContainer container = container(id);
    container.requireRunning();
    container.cgroup().freeze(FREEZE_DEADLINE);
  }

  @Override
  public void resume(ContainerId id) throws IOException {
    OciContainer container = container(id);
    container.requireRunning();
    container.cgroup().thaw();
  }

  @Override
  public void update(ContainerId id, Resources resources) throws IOException {
    container(id).cgroup().update(Limits.of(resources));
  }

  @Override
  public HostLimits limits() {
    return machinery().limits();
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
    return execs.start(machinery(), id, container(id), spec, sink);
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
    refused.remove(id);
    OciContainer container = containers.get(id);
    if (container != null) {
      container.delete();
      execs.forget(container);
      parked.remove(id);
      containers.remove(id);
    }
  }

  @Override
  public Set<ContainerId> adopt(Set<ContainerId> known) throws IOException {
    Map<ContainerId, OciContainer> found =
        new OciAdoption(machinery()).adopt(known, containers.keySet());
    containers.putAll(found);
    return known.stream().filter(containers::containsKey).collect(Collectors.toSet());
  }

  @Override
  public List<String> explain(ContainerSpec spec) {
    ContainerFiles files = new ContainerFiles(run, spec.id());
    OciCreation creation = new OciCreation(machinery(), files, spec);
    try {
      List<String> lines = new ArrayList<>();
      spec.root()
          .forEach(
              mount ->
                  lines.add(
                      "mount(%s, %s, %s, %s)"
                          .formatted(
                              mount.source(),
                              files.target(),
                              mount.type(),
                              String.join(",", mount.options()))));
      // Who the user is only the root's files say, and it is not mounted for a question.
      ResolvedUser nobody = new ResolvedUser(0, 0, List.of(), "/");
      lines.add(machinery().runtime().path() + " create, with");
      OciCreation.MAPPER
          .writerWithDefaultPrettyPrinter()
          .writeValueAsString(creation.config("/felucca/" + spec.id().hex(), nobody, null))
          .lines()
          .forEach(lines::add);
      return lines;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Leaves every container as it is. */
  @Override
  public void close() {
    OciMachinery ending = machinery;
    if (ending != null) {
      ending.keeper().close();
      String why = "the isolation driver \"" + name + "\" is going away";
      execs.leave(why);
      containers.values().forEach(container -> container.leave(why));
      containers.clear();
    }
  }

  private OciMachinery machinery() {
    if (machinery == null) {
      throw new EngineException(
          UNAVAILABLE, "the isolation driver \"" + name + "\" cannot work here: " + unusable);
    }
    return machinery;
  }

  private OciContainer container(ContainerId id) {
    OciContainer container = containers.get(id);
    if (container == null) {
      throw new EngineException(NOT_FOUND, "no container " + id + " in driver \"" + name + "\"");
    }
    return container;
  }
}
