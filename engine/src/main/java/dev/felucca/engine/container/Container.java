package dev.felucca.engine.container;

import dev.felucca.engine.network.EndpointInUse;
import dev.felucca.engine.stream.OutputHub;
import dev.felucca.engine.work.SerialQueue;
import dev.felucca.engine.work.Workers;
import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.container.ContainerDetails;
import dev.felucca.kernel.container.ContainerManager.WaitResult;
import dev.felucca.kernel.container.ContainerState;
import dev.felucca.kernel.container.ContainerState.Health;
import dev.felucca.kernel.container.ContainerState.Status;
import dev.felucca.kernel.container.EndpointConfig;
import dev.felucca.kernel.container.EndpointDetails;
import dev.felucca.kernel.network.PortBinding;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A container in memory. What is known of it is published whole after each change, so that queries
 * read it without a lock; the monitor guards only fields and is never held over a driver's call or
 * a file. Who changes its state holds its {@link #lane}.
 */
final class Container {
  final ContainerId id;
  final Lane lane = new Lane(Duration.ofSeconds(10));
  final AtomicBoolean untoldStop = new AtomicBoolean();
  final OutputHub output;

  /** Following its output is taken up there, by one at a time. */
  final SerialQueue follows;

  private final Waiters waiters;
  private final Path directory;

  private ContainerRecord record;
  private LastState last;
  private Status status;
  private @Nullable RunRecord run;
  private int runs;
  private boolean cancelRestart;
  private boolean starting;
  private boolean keep;
  private boolean memoryKillTold;
  private int quickEnds;
  private @Nullable Future<?> pendingRestart;
  private @Nullable Health health;
  private List<String> execIds = List.of();
  private volatile ContainerDetails details;

  Container(
      ContainerRecord record,
      LastState last,
      @Nullable RunRecord run,
      Path directory,
      Workers workers) {
    this.id = record.id();
    this.record = record;
    this.last = last;
    this.run = run;
    this.directory = directory;
    this.waiters = new Waiters(workers);
    this.output = new OutputHub(id.shortForm(), workers.serial());
    this.follows = workers.serial();
    if (run == null || !run.confirmed()) {
      this.status = withoutRun(last); // a start that nobody was told of was none
    } else {
      this.status = run.paused() ? Status.PAUSED : Status.RUNNING;
      this.waiters.begun();
      this.cancelRestart = last.stopRequested();
    }
    this.details = describe();
  }

  private static Status withoutRun(LastState last) {
    return last.phase() == LastState.Phase.CREATED ? Status.CREATED : Status.EXITED;
  }

  ContainerDetails details() {
    return details;
  }

  String name() {
    return details.name();
  }

  Status status() {
    return details.state().status();
  }

  synchronized ContainerRecord record() {
    return record;
  }

  synchronized LastState last() {
    return last;
  }

  synchronized @Nullable RunRecord run() {
    return run;
  }

  /** Counts the runs, so that what belongs to an earlier one is recognised. */
  synchronized int runs() {
    return runs;
  }

  synchronized void rename(String name) {
    record = record.withName(name);
    details = describe();
  }

  /** What it is has changed: it was written before. */
  synchronized void record(ContainerRecord now) {
    record = now;
    details = describe();
  }

  synchronized void last(LastState now) {
    last = now;
    details = describe();
  }

  synchronized void status(Status now) {
    status = now;
    details = describe();
  }

  /** A run begins; answers its number. */
  synchronized int begin(RunRecord begun, LastState now) {
    run = begun;
    last = now;
    status = begun.paused() ? Status.PAUSED : Status.RUNNING;
    cancelRestart = false;
    keep = false;
    memoryKillTold = false;
    health =
        HealthPlan.of(record.config())
            .map(
                plan ->
                    new Health(HealthChecks.STARTING, 0, health == null ? List.of() : health.log()))
            .orElse(null);
    details = describe();
    waiters.begun();
    return ++runs;
  }

  synchronized @Nullable Health health() {
    return health;
  }

  synchronized void health(@Nullable Health now) {
    health = now;
    details = describe();
  }

  /** A start is under way, or no longer. */
  synchronized void starting(boolean now) {
    starting = now;
  }

  synchronized boolean isStarting() {
    return starting;
  }

  /** True when its isolation driver may have something of it. */
  synchronized boolean inHand() {
    return starting || run != null;
  }

  /** The kernel killed one of its processes for want of memory; false when its end told that. */
  synchronized boolean tellMemoryKill(int of) {
    if (run == null || runs != of || memoryKillTold) {
      return false;
    }
    last = last.withOomKilled();
    details = describe();
    return true;
  }

  /** Its end says so; false when it was told as it happened. */
  synchronized boolean tellMemoryKillAtEnd() {
    memoryKillTold = true;
    return !last.oomKilled();
  }

  /** Its next end is within a restart by hand: {@code --rm} does not take it away. */
  synchronized void keepAtEnd(boolean now) {
    keep = now;
  }

  synchronized boolean keptAtEnd() {
    return keep;
  }

  /**
   * Counts ends for the delay before the next start, which only ends soon after starts lengthen.
   */
  synchronized int countEnd(boolean soon) {
    quickEnds = soon ? quickEnds + 1 : 1;
    return quickEnds;
  }

  /** The process ended, and what the run had is being taken down. */
  synchronized void over(LastState now, boolean restarting) {
    last = now;
    status = restarting ? Status.RESTARTING : Status.EXITED;
    details = describe();
  }

  synchronized void run(RunRecord now) {
    run = now;
    status = now.paused() ? Status.PAUSED : Status.RUNNING;
    details = describe();
  }

  /**
   * A run has ended.
   *
   * @param restarting it will be started again; who waits for its end hears of this one, as in
   *     Docker
   */
  synchronized void ended(LastState now, boolean restarting) {
    run = null;
    last = now;
    status = restarting ? Status.RESTARTING : Status.EXITED;
    waiters.idle();
    details = describe();
    waiters.ended(last.exitCode());
  }

  /** A start that an earlier engine did not finish has been taken back. */
  synchronized void startUndone() {
    run = null;
    status = withoutRun(last);
    waiters.idle();
    details = describe();
    if (status == Status.EXITED) {
      waiters.ended(last.exitCode());
    }
  }

  /** What it was to be started for will not come: it stays ended. */
  synchronized void restartCancelled() {
    if (status == Status.RESTARTING) {
      status = Status.EXITED;
      details = describe();
      waiters.ended(last.exitCode());
    }
  }

  /** The engine goes: whoever waits hears so, and the container runs on. */
  void engineGoes() {
    waiters.disappoint("the engine is going down");
    output.close();
  }

  /** It is gone: everybody who still waits hears so. */
  void gone() {
    waiters.gone(last().exitCode(), "container " + id.hex() + " was removed");
    output.dismiss();
  }

  /** Who waits for what becomes of it. */
  Waiters waiters() {
    return waiters;
  }

  /** See {@link Waiters#nextExit}. */
  CompletableFuture<WaitResult> nextExit() {
    return waiters.nextExit();
  }

  /** See {@link Waiters#started}. */
  CompletableFuture<Void> started() {
    return waiters.started();
  }

  /** The restart policy is to leave it alone from now on, until it is started again. */
  synchronized void stopByHand() {
    cancelRestart = true;
    last = last.withStopRequested(true);
    if (pendingRestart != null) {
      pendingRestart.cancel(false);
      pendingRestart = null;
    }
  }

  /** Whether a stop is under way whose event nobody has told yet; told from now on. */
  boolean takeUntoldStop() {
    return untoldStop.getAndSet(false);
  }

  /** The stop did not come about. */
  synchronized void stopFailed() {
    cancelRestart = false;
    last = last.withStopRequested(false);
  }

  synchronized boolean restartCancelledByHand() {
    return cancelRestart;
  }

  /** Takes the place of a restart that was to come. */
  synchronized void pendingRestart(@Nullable Future<?> pending) {
    if (pendingRestart != null) {
      pendingRestart.cancel(false);
    }
    pendingRestart = pending;
  }

  /**
   * The engine starts it anew by its policy: what an earlier engine counted and was told is over.
   */
  synchronized void policyBegins() {
    cancelRestart = false;
    quickEnds = 0;
    last = last.withStopRequested(false).withRestartCount(0);
  }

  /** It is started by hand: the restart policy's delays begin anew. */
  synchronized void countAnew() {
    quickEnds = 0;
  }

  synchronized void execAdded(String execId) {
    List<String> ids = new ArrayList<>(execIds);
    ids.add(execId);
    execIds = List.copyOf(ids);
    details = describe();
  }

  synchronized void execGone(String execId) {
    execIds = execIds.stream().filter(known -> !known.equals(execId)).toList();
    details = describe();
  }

  private ContainerDetails describe() {
    RunRecord now = run;
    Map<String, EndpointDetails> networks = new TreeMap<>();
    List<PortBinding> ports = new ArrayList<>();
    record.networks().forEach((name, asked) -> networks.put(name, unwired(asked)));
    if (now != null) {
      for (EndpointInUse endpoint : now.endpoints()) {
        networks.put(
            endpoint.networkName(),
            endpoint.details(
                record.networks().getOrDefault(endpoint.networkName(), EndpointConfig.DEFAULT)));
        ports.addAll(endpoint.spec().ports());
      }
    }
    return new ContainerDetails(
        id,
        record.name(),
        record.created(),
        record.path(),
        record.args(),
        new ContainerState(
            status,
            last.oomKilled(),
            now == null || !status.alive() ? 0 : now.pid(),
            last.exitCode(),
            last.error(),
            last.started(),
            last.finished(),
            health),
        record.imageId(),
        record.platform(),
        record.config(),
        record.hostConfig(),
        record.drivers(),
        networks,
        List.copyOf(ports),
        now == null ? "" : now.networkNamespace(),
        record.mounts(),
        execIds,
        last.restartCount(),
        directory.resolve("resolv.conf").toString(),
        directory.resolve("hostname").toString(),
        directory.resolve("hosts").toString(),
        record.logPath(),
        "",
        Map.of(),
        null,
        null);
  }

  private static EndpointDetails unwired(EndpointConfig asked) {
    return new EndpointDetails(asked, "", "", "", "", 0, "", "", 0, asked.macAddress(), List.of());
  }
}
