package dev.felucca.isolation.linux;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;

import dev.felucca.isolation.linux.init.ProcessPlan;
import dev.felucca.isolation.linux.init.ProcessProgram;
import dev.felucca.isolation.linux.init.ResolvedUser;
import dev.felucca.isolation.linux.init.ShimFds;
import dev.felucca.isolation.linux.init.StatusRecord;
import dev.felucca.isolation.linux.output.OutputPump;
import dev.felucca.isolation.linux.output.PumpedStream;
import dev.felucca.isolation.linux.output.SpooledStream;
import dev.felucca.isolation.linux.shim.ShimProcess;
import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.isolation.ConsoleSize;
import dev.felucca.kernel.isolation.ExitStatus;
import dev.felucca.kernel.isolation.OutputPositions;
import dev.felucca.kernel.isolation.OutputSink;
import dev.felucca.kernel.isolation.OutputStreamKind;
import dev.felucca.linux.Fd;
import dev.felucca.linux.cgroup.Cgroup;
import dev.felucca.linux.process.EventLoop;
import dev.felucca.linux.pty.Terminal;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A container with its shim. Nothing is locked while a system call is made that may not return: a
 * container whose storage hangs can still be asked about and deleted.
 */
final class Container {
  private static final Logger LOG = LoggerFactory.getLogger(Container.class);
  private static final int SIGKILL = 9;
  private static final int KILLED = 128 + SIGKILL;
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private enum Phase {
    PARKED,
    STARTING,
    FAILED,
    RUNNING,
    ENDED
  }

  private record Follower(OutputSink sink, OutputPositions base, OutputPositions from) {}

  private final Machinery machinery;
  private final ContainerId id;
  private final ContainerFiles files;
  private final ContainerState state;
  private final ProcessPlan plan;
  private final ShimProcess shim;
  private final StatusFile status;
  private final Cgroup cgroup;
  private final CompletableFuture<ExitStatus> exit = new CompletableFuture<>();

  // Guarded by this.
  private Phase phase = Phase.PARKED;
  private @Nullable Follower follower;
  private @Nullable ConsoleSize size;
  private @Nullable OutputPump pump;
  private EventLoop.@Nullable Registration watch;
  private boolean inputClosed;
  private boolean ending;

  Container(
      Machinery machinery,
      ContainerId id,
      ContainerFiles files,
      ContainerState state,
      ProcessPlan plan,
      ShimProcess shim,
      StatusFile status,
      Cgroup cgroup) {
    this.machinery = machinery;
    this.id = id;
    this.files = files;
    this.state = state;
    this.plan = plan;
    this.shim = shim;
    this.status = status;
    this.cgroup = cgroup;
    this.inputClosed = !state.openStdin();
  }

  ProcessPlan plan() {
    return plan;
  }

  ContainerState state() {
    return state;
  }

  ShimProcess shim() {
    return shim;
  }

  Cgroup cgroup() {
    return cgroup;
  }

  CompletableFuture<ExitStatus> exit() {
    return exit.copy();
  }

  /** CONFLICT unless its first process runs. */
  void requireRunning() {
    synchronized (this) {
      if (phase != Phase.RUNNING) {
        throw new EngineException(CONFLICT, "container " + id + " is not running");
      }
    }
  }

  void start(ProcessProgram program) throws IOException {
    synchronized (this) {
      if (phase != Phase.PARKED) {
        throw new EngineException(CONFLICT, "container " + id + " was started before");
      }
      phase = Phase.STARTING;
    }
    try {
      shim.awaitParked(program);
      ResolvedUser user = Users.find(machinery.linux(), shim.process().pid(), plan.process());
      status.parameters(program.parameters().message(user, plan.capabilities()));
      files.write("started", new byte[0]);
      if (state.tty()) {
        shim.take(ShimFds.MASTER);
      }
      shim.release();
      shim.awaitExec(program);
    } catch (IOException | RuntimeException e) {
      synchronized (this) {
        phase = Phase.FAILED;
      }
      throw e;
    }
    run();
  }

  /** Its process runs, or did: from here on output and end are looked after. */
  void run() throws IOException {
    List<PumpedStream> streams = streams();
    synchronized (this) {
      phase = Phase.RUNNING;
      pump = new OutputPump(machinery.loop(), machinery.workers(), streams);
      if (follower != null) {
        pump.attach(follower.sink, follower.base, follower.from);
      }
      if (size != null) {
        resizeTo(size);
      }
    }
    if (!shim.holds(ShimFds.EXIT)) {
      submitEnd();
      return;
    }
    EventLoop.Registration registration =
        machinery
            .loop()
            .register(shim.descriptor(ShimFds.EXIT), EventLoop.EPOLLIN, events -> submitEnd());
    synchronized (this) {
      watch = registration;
    }
  }

  private List<PumpedStream> streams() throws IOException {
    List<PumpedStream> streams = new ArrayList<>();
    SpooledStream.Terminal terminal = null;
    if (state.tty() && shim.holds(ShimFds.MASTER) && shim.holds(ShimFds.TERMINAL_PIPE)) {
      Fd master = shim.descriptor(ShimFds.MASTER);
      Descriptors.nonBlocking(machinery.linux(), master);
      terminal = new SpooledStream.Terminal(master.dup(), shim.surrender(ShimFds.TERMINAL_PIPE));
    }
    streams.add(
        new SpooledStream(
            machinery.linux(),
            OutputStreamKind.STDOUT,
            pipe(ShimFds.OUTPUT),
            terminal,
            files.output()));
    if (!state.tty()) {
      streams.add(
          new SpooledStream(
              machinery.linux(),
              OutputStreamKind.STDERR,
              pipe(ShimFds.ERRORS),
              null,
              files.errors()));
    }
    return streams;
  }

  /** What is in the spool is delivered even when the shim that held the pipe is gone. */
  private Fd pipe(int number) throws IOException {
    return shim.holds(number) ? shim.surrender(number) : Descriptors.ended(machinery.linux());
  }

  void follow(OutputPositions positions, OutputSink sink) throws IOException {
    Optional<OutputPositions> known = files.base();
    if (known.isEmpty()) {
      files.base(positions);
    }
    Follower next = new Follower(sink, known.orElse(positions), positions);
    synchronized (this) {
      follower = next;
      if (pump != null) {
        pump.attach(next.sink, next.base, next.from);
      }
    }
  }

  void writeInput(ByteBuffer bytes) throws IOException {
    Fd input;
    synchronized (this) {
      if (inputClosed) {
        throw new EngineException(CONFLICT, "standard input of container " + id + " is closed");
      }
      if (phase == Phase.PARKED || phase == Phase.STARTING) {
        throw new EngineException(CONFLICT, "container " + id + " is not running");
      }
      int number = state.tty() ? ShimFds.MASTER : ShimFds.INPUT;
      if (!shim.holds(number)) {
        throw new EngineException(CONFLICT, "standard input of container " + id + " is closed");
      }
      input = shim.descriptor(number);
    }
    if (!shim.writeInput(input, bytes)) {
      throw new EngineException(CONFLICT, "nobody reads standard input of container " + id);
    }
  }

  void closeInput() throws IOException {
    synchronized (this) {
      if (inputClosed) {
        return;
      }
      inputClosed = true;
    }
    if (!state.tty()) {
      shim.closeInput();
    }
  }

  void resize(ConsoleSize to) throws IOException {
    if (!state.tty()) {
      throw new EngineException(CONFLICT, "container " + id + " has no terminal");
    }
    synchronized (this) {
      size = to;
      if (pump != null) {
        resizeTo(to);
      }
    }
  }

  private void resizeTo(ConsoleSize to) throws IOException {
    if (shim.holds(ShimFds.MASTER)) {
      int master = shim.descriptor(ShimFds.MASTER).number();
      Terminal.resize(machinery.linux(), master, to.rows(), to.columns());
    }
  }

  void signal(int signal) throws IOException {
    shim.signal(signal);
    // A frozen process gets even SIGKILL only when it is thawed.
    if (signal == SIGKILL && cgroup.frozen()) {
      cgroup.thaw();
    }
  }

  void killAll() throws IOException {
    shim.signal(SIGKILL);
    cgroup.kill();
  }

  private void submitEnd() {
    try {
      machinery.workers().execute(this::ended);
    } catch (RejectedExecutionException e) {
      LOG.debug("container {} ended while the driver goes away", id, e);
    }
  }

  /** The shim has recorded the end, or is gone itself. */
  private void ended() {
    synchronized (this) {
      if (ending) {
        return;
      }
      ending = true;
    }
    try {
      Optional<StatusRecord> record = status.record();
      if (record.isEmpty()) {
        LOG.warn("the shim of container {} is gone; ending the container", id);
        shim.signal(SIGKILL);
      }
      if (record.isEmpty() || !state.privatePid()) {
        cgroup.kill();
      }
      boolean oom = cgroup.oomKills() > 0;
      ExitStatus result =
          record
              .map(r -> new ExitStatus(r.status().exitCode(), oom, r.finished()))
              .orElseGet(() -> new ExitStatus(KILLED, oom, Instant.now()));
      OutputPump last;
      synchronized (this) {
        phase = Phase.ENDED;
        last = pump;
      }
      exit.complete(result);
      if (last != null) {
        last.processEnded(this::dismiss, () -> {});
      }
    } catch (IOException | RuntimeException e) {
      exit.completeExceptionally(e);
    }
  }

  /** The shim has nothing left that is not in the spool. */
  private void dismiss() {
    try {
      shim.dismiss();
    } catch (IOException e) {
      LOG.error("ending the shim of container {}", id, e);
    }
  }

  /** Ends and removes everything. Repeats safely. */
  void delete() throws IOException {
    boolean running;
    synchronized (this) {
      running = phase == Phase.RUNNING;
    }
    killAll();
    if (running) {
      awaitEnd();
    }
    shim.dismiss();
    release();
    exit.completeExceptionally(new EngineException(CONFLICT, "container " + id + " was deleted"));
    cgroup.remove(PATIENCE);
    files.delete();
  }

  private void awaitEnd() throws IOException {
    try {
      exit.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new IOException("container " + id + " does not end: its processes are stuck", e);
    } catch (ExecutionException e) {
      LOG.debug("container {} ended without a status", id, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while container " + id + " ended", e);
    }
  }

  /** Lets go of everything and leaves the container as it is. */
  void release() {
    EventLoop.Registration registration;
    OutputPump last;
    synchronized (this) {
      registration = watch;
      last = pump;
    }
    if (registration != null) {
      registration.close();
    }
    if (last != null) {
      last.close();
    }
    shim.close();
    status.close();
  }

  /** The driver goes away. */
  void leave(String why) {
    release();
    exit.completeExceptionally(new EngineException(EngineException.Kind.UNAVAILABLE, why));
  }
}
