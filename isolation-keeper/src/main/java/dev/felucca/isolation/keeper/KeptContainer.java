package dev.felucca.isolation.keeper;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;

import dev.felucca.isolation.output.PumpedStream;
import dev.felucca.isolation.shim.Cancellation;
import dev.felucca.isolation.shim.ShimFds;
import dev.felucca.isolation.shim.ShimProcess;
import dev.felucca.isolation.shim.StatusFile;
import dev.felucca.isolation.shim.StatusRecord;
import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.isolation.ConsoleSize;
import dev.felucca.kernel.isolation.ExitStatus;
import dev.felucca.kernel.isolation.OutputPositions;
import dev.felucca.kernel.isolation.OutputSink;
import dev.felucca.linux.cgroup.Cgroup;
import dev.felucca.linux.process.EventLoop;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
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
public abstract class KeptContainer {
  private static final Logger LOG = LoggerFactory.getLogger(KeptContainer.class);
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

  private final Keeper keeper;
  private final ContainerId id;
  private final ContainerFiles files;
  private final KeptState state;
  private final ShimProcess shim;
  private final StatusFile status;
  private final Cgroup cgroup;
  private final MemoryAlarm memory;
  private final StandardInput input;
  private final ContainerOutput output;
  private final Cancellation starting = new Cancellation();
  private final CompletableFuture<ExitStatus> exit = new CompletableFuture<>();

  // Guarded by this.
  private Phase phase = Phase.PARKED;
  private @Nullable ConsoleSize size;
  private EventLoop.@Nullable Registration watch;
  private boolean ending;
  private boolean released;

  /** Takes over shim and status file. */
  protected KeptContainer(Keeper keeper, Kept kept) {
    this.keeper = keeper;
    this.id = kept.id();
    this.files = kept.files();
    this.state = kept.state();
    this.shim = kept.shim();
    this.status = kept.status();
    this.cgroup = kept.cgroup();
    this.memory = new MemoryAlarm(keeper, cgroup, id);
    this.input =
        new StandardInput(keeper.linux(), shim, state.tty(), state.openStdin(), "container " + id);
    this.output = new ContainerOutput(keeper, files, shim, state.tty());
  }

  /** Lets the parked process go; returns when its program has been executed. */
  protected abstract void letGo() throws IOException;

  /** Whether it has a user namespace of its own. */
  protected abstract boolean hasOwnUsers();

  /** What a later engine has to know of it, to be written before it is let go. */
  protected Properties state() {
    return state.toProperties();
  }

  public ContainerId id() {
    return id;
  }

  public ShimProcess shim() {
    return shim;
  }

  public Cgroup cgroup() {
    return cgroup;
  }

  public CompletableFuture<ExitStatus> exit() {
    return exit.copy();
  }

  /** Completes when the kernel has killed more of its processes for want of memory. */
  public CompletableFuture<Long> outOfMemory(long seen) {
    return memory.moreThan(seen);
  }

  /** Of its start. */
  protected final Cancellation starting() {
    return starting;
  }

  static EngineException killed(ContainerId id, Exception cause) {
    return new EngineException(
        CONFLICT, "container " + id + " was killed while it was started", cause);
  }

  /** CONFLICT unless its first process runs. */
  public void requireRunning() {
    synchronized (this) {
      if (phase != Phase.RUNNING) {
        throw new EngineException(CONFLICT, "container " + id + " is not running");
      }
    }
  }

  /** Lets its process go; whatever fails on the way, only {@link #delete} is left. */
  final void start() throws IOException {
    synchronized (this) {
      if (phase != Phase.PARKED) {
        throw new EngineException(CONFLICT, "container " + id + " was started before");
      }
      phase = Phase.STARTING;
    }
    output.unpark();
    List<PumpedStream> early = List.of();
    try {
      if (!state.tty()) {
        // While the process is still being made: afterwards somebody waits for its start.
        early = output.open();
      }
      letGo();
    } catch (IOException | RuntimeException e) {
      early.forEach(PumpedStream::close);
      synchronized (this) {
        phase = Phase.FAILED;
      }
      if (starting.isCancelled()) {
        throw killed(id, e);
      }
      throw e;
    }
    run(early.isEmpty() ? output.open() : early);
  }

  /** It runs from before this engine, or did: from here on output and end are looked after. */
  public void run() throws IOException {
    run(output.open());
  }

  private void run(List<PumpedStream> streams) throws IOException {
    synchronized (this) {
      phase = Phase.RUNNING;
      output.begin(streams);
      if (size != null) {
        input.resize(size);
      }
    }
    if (!shim.holds(ShimFds.EXIT)) {
      submitEnd();
      return;
    }
    memory.begin();
    EventLoop.Registration registration =
        keeper
            .loop()
            .register(shim.descriptor(ShimFds.EXIT), EventLoop.EPOLLIN, events -> submitEnd());
    synchronized (this) {
      if (!released) {
        watch = registration;
        return;
      }
    }
    registration.close(); // it was deleted meanwhile
  }

  /** See {@link ContainerOutput#follow}. */
  public void follow(OutputPositions positions, OutputSink sink) throws IOException {
    output.follow(positions, sink);
  }

  /** To be said before its process is let go. */
  protected void recordStart() throws IOException {
    files.started(output.base());
  }

  final void writeInput(ByteBuffer bytes) throws IOException {
    synchronized (this) {
      if (phase == Phase.PARKED || phase == Phase.STARTING) {
        throw new EngineException(CONFLICT, "container " + id + " is not running");
      }
    }
    input.write(bytes);
  }

  final void closeInput() throws IOException {
    input.close();
  }

  final void resize(ConsoleSize to) throws IOException {
    input.requireTerminal();
    synchronized (this) {
      size = to;
      if (phase == Phase.RUNNING || phase == Phase.ENDED) {
        input.resize(to);
      }
    }
  }

  public void signal(int signal) throws IOException {
    shim.signal(signal);
    // A frozen process gets even SIGKILL only when it is thawed.
    if (signal == SIGKILL && cgroup.frozen()) {
      cgroup.thaw();
    }
  }

  public void killAll() throws IOException {
    boolean unfinished;
    synchronized (this) {
      unfinished = phase == Phase.STARTING;
    }
    if (unfinished) {
      starting.cancel();
    }
    shim.signal(SIGKILL);
    cgroup.kill();
  }

  private void submitEnd() {
    try {
      keeper.workers().execute(this::ended);
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
      synchronized (this) {
        phase = Phase.ENDED;
      }
      exit.complete(result);
      output.processEnded(this::dismiss);
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
  public final void delete() throws IOException {
    boolean running;
    synchronized (this) {
      running = phase == Phase.RUNNING;
    }
    killAll();
    if (running) {
      awaitEnd();
    }
    shim.dismiss();
    forget();
    release();
    exit.completeExceptionally(new EngineException(CONFLICT, "container " + id + " was deleted"));
    cgroup.remove(PATIENCE);
    files.delete();
  }

  /** It is being deleted: its processes have ended, its files are there. */
  protected void forget() throws IOException {}

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
  public void release() {
    EventLoop.Registration registration;
    synchronized (this) {
      registration = watch;
      released = true;
    }
    if (registration != null) {
      registration.close();
    }
    output.close();
    memory.close();
    shim.close();
    status.close();
  }

  /** The driver goes away. */
  public void leave(String why) {
    release();
    exit.completeExceptionally(new EngineException(EngineException.Kind.UNAVAILABLE, why));
  }
}
