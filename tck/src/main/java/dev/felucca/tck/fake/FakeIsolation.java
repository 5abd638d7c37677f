package dev.felucca.tck.fake;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;

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
import dev.felucca.kernel.isolation.Limit;
import dev.felucca.kernel.isolation.OutputPositions;
import dev.felucca.kernel.isolation.OutputSink;
import dev.felucca.kernel.isolation.ProcessInfo;
import dev.felucca.kernel.isolation.Resources;
import dev.felucca.kernel.isolation.RunningContainer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** An isolation driver whose processes are a test's. It knows nobody before {@link #adopt}. */
public final class FakeIsolation implements IsolationDriver, AutoCloseable {
  private final String name;
  private final FakeHost host;
  private final Trouble trouble = new Trouble();
  private final Map<ContainerId, FakeProcess> known = new ConcurrentHashMap<>();
  private final Set<CompletableFuture<ExitStatus>> asked = ConcurrentHashMap.newKeySet();
  private final Set<CompletableFuture<Long>> kills = ConcurrentHashMap.newKeySet();
  private volatile HostLimits limits = new HostLimits(2, EnumSet.allOf(Limit.class), "0-3", "0");

  public FakeIsolation(String name, FakeHost host) {
    this.name = name;
    this.host = host;
  }

  public Trouble trouble() {
    return trouble;
  }

  public FakeHost host() {
    return host;
  }

  /** The driver goes, its processes run on. */
  @Override
  public void close() {
    IOException gone = new IOException("the driver has gone");
    asked.forEach(future -> future.completeExceptionally(gone));
    kills.forEach(future -> future.completeExceptionally(gone));
    known.values().forEach(process -> process.follow(OutputPositions.START, null));
    known.clear();
  }

  private FakeProcess get(ContainerId id) {
    FakeProcess found = known.get(id);
    if (found == null) {
      throw new EngineException(NOT_FOUND, "no container " + id.hex() + " of driver " + name);
    }
    return found;
  }

  private FakeProcess exec(String execId) {
    FakeProcess found = host.execs().get(execId);
    if (found == null) {
      throw new EngineException(NOT_FOUND, "no exec " + execId);
    }
    return found;
  }

  private CompletionStage<ExitStatus> exit(FakeProcess process) {
    CompletableFuture<ExitStatus> answer = new CompletableFuture<>();
    asked.add(answer);
    process.exit().thenAccept(answer::complete);
    return answer;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public RunningContainer create(ContainerSpec spec) throws IOException {
    trouble.enter("create");
    if (host.processes().containsKey(spec.id())) {
      throw new EngineException(CONFLICT, "container " + spec.id().hex() + " is there already");
    }
    FakeProcess made = host.make(spec);
    known.put(spec.id(), made);
    // Its namespace is there to be found, as that of a process that lives is.
    return new RunningContainer(made.pid(), "/proc/self/ns/net", Instant.now());
  }

  @Override
  public void start(ContainerId id) throws IOException {
    trouble.enter("start");
    begin(id);
  }

  /** What {@link #start} does. */
  public void begin(ContainerId id) {
    get(id).start();
  }

  @Override
  public void follow(ContainerId id, OutputPositions positions, OutputSink sink)
      throws IOException {
    trouble.enter("follow");
    get(id).follow(positions, sink);
  }

  @Override
  public void writeInput(ContainerId id, ByteBuffer bytes) throws IOException {
    trouble.enter("writeInput");
    write(get(id), bytes);
  }

  private static void write(FakeProcess process, ByteBuffer bytes) {
    if (!process.readsInput()) {
      throw new EngineException(CONFLICT, "there is no standard input");
    }
    process.input(bytes);
  }

  @Override
  public void closeInput(ContainerId id) throws IOException {
    trouble.enter("closeInput");
    get(id).endInput();
  }

  @Override
  public CompletionStage<ExitStatus> exitOf(ContainerId id) {
    return exit(get(id));
  }

  @Override
  public void signal(ContainerId id, int signal) throws IOException {
    trouble.enter("signal");
    get(id).signal(signal);
  }

  @Override
  public void killAll(ContainerId id) throws IOException {
    trouble.enter("killAll");
    get(id).signal(9);
  }

  @Override
  public void pause(ContainerId id) throws IOException {
    trouble.enter("pause");
    get(id).paused(true);
  }

  @Override
  public void resume(ContainerId id) throws IOException {
    trouble.enter("resume");
    get(id).paused(false);
  }

  @Override
  public void update(ContainerId id, Resources resources) throws IOException {
    trouble.enter("update");
    get(id).limit(resources);
  }

  /** What this host is said to be able to limit; everything unless told otherwise. */
  public void limits(HostLimits now) {
    limits = now;
  }

  @Override
  public HostLimits limits() {
    return limits;
  }

  @Override
  public CompletionStage<Long> outOfMemory(ContainerId id, long seen) {
    CompletableFuture<Long> answer = new CompletableFuture<>();
    kills.add(answer);
    get(id).killsBeyond(seen).thenAccept(answer::complete);
    return answer;
  }

  @Override
  public void mount(ContainerId id, ContainerMount mount) throws IOException {
    trouble.enter("mount");
    get(id).mounted().put(mount.target(), mount);
  }

  @Override
  public void unmount(ContainerId id, String target) throws IOException {
    trouble.enter("unmount");
    get(id).mounted().remove(target);
  }

  @Override
  public void resize(ContainerId id, ConsoleSize size) throws IOException {
    trouble.enter("resize");
    get(id);
  }

  @Override
  public ContainerStats stats(ContainerId id) throws IOException {
    trouble.enter("stats");
    get(id);
    return new ContainerStats(
        Instant.now(), 0, 0, 0, List.of(), 0, 0, 0, 0, 0, 0, 0, Map.of(), 1, 0, List.of());
  }

  @Override
  public List<ProcessInfo> processes(ContainerId id) throws IOException {
    trouble.enter("processes");
    return List.of(new ProcessInfo(get(id).pid(), 1, "root", "fake"));
  }

  @Override
  public int exec(ContainerId id, ExecSpec spec, OutputSink sink) throws IOException {
    trouble.enter("exec");
    get(id);
    FakeProcess made = host.makeExec(spec.execId(), spec.openStdin());
    made.follow(OutputPositions.START, sink);
    return made.pid();
  }

  @Override
  public void writeExecInput(String execId, ByteBuffer bytes) throws IOException {
    trouble.enter("writeExecInput");
    write(exec(execId), bytes);
  }

  @Override
  public void closeExecInput(String execId) throws IOException {
    trouble.enter("closeExecInput");
    exec(execId).endInput();
  }

  @Override
  public void resizeExec(String execId, ConsoleSize size) throws IOException {
    trouble.enter("resizeExec");
    exec(execId);
  }

  @Override
  public void signalExec(String execId, int signal) throws IOException {
    trouble.enter("signalExec");
    exec(execId).signal(signal);
  }

  @Override
  public CompletionStage<ExitStatus> exitOfExec(String execId) {
    return exit(exec(execId));
  }

  @Override
  public void delete(ContainerId id) throws IOException {
    trouble.enter("delete");
    known.remove(id);
    end(host.processes().remove(id));
  }

  private static void end(@Nullable FakeProcess process) {
    if (process != null) {
      process.follow(OutputPositions.START, null);
      process.exit().complete(FakeHost.status(137));
    }
  }

  @Override
  public Set<ContainerId> adopt(Set<ContainerId> ids) throws IOException {
    trouble.enter("adopt");
    for (ContainerId id : host.containers()) {
      if (!ids.contains(id)) {
        end(host.processes().remove(id));
      } else if (!host.process(id).started()) {
        end(host.processes().remove(id)); // the parked process of a start that was not finished
      } else {
        known.put(id, host.process(id));
      }
    }
    Set<ContainerId> found = new HashSet<>(ids);
    found.retainAll(known.keySet());
    return found;
  }

  @Override
  public List<String> explain(ContainerSpec spec) {
    return List.of("fake " + spec.id().hex());
  }
}
