package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;
import static dev.felucca.kernel.EngineException.Kind.INTERNAL;
import static dev.felucca.kernel.EngineException.Kind.NOT_MODIFIED;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.ContainerDetails;
import dev.felucca.kernel.container.ContainerManager.WaitResult;
import dev.felucca.kernel.container.ContainerState.Status;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Signals containers and waits for their ends. It holds no lane meanwhile, so that it never stands
 * in the way of the end it waits for.
 */
final class Stopping {
  private static final Logger LOG = LoggerFactory.getLogger(Stopping.class);

  /** How long a killed process may take to be gone. */
  private static final int KILL_PATIENCE_SECONDS = 10;

  private final Core core;
  private final StartEnding starts;
  private final Pausing pausing;

  Stopping(Core core, StartEnding starts, Pausing pausing) {
    this.core = core;
    this.starts = starts;
    this.pausing = pausing;
  }

  /** Signals, waits, kills; NOT_MODIFIED when it doesn't run. */
  void stop(Container container, int timeout, int signal) throws IOException {
    starts.settle(container);
    if (container.status() == Status.RESTARTING && stayEnded(container)) {
      core.publish(container, "stop");
      return;
    }
    // Asked for first: an end between the lines is not missed.
    CompletableFuture<WaitResult> exit = container.nextExit();
    if (!container.status().alive()) {
      throw new EngineException(
          NOT_MODIFIED, "container " + container.id.hex() + " is not running");
    }
    rememberStop(container);
    container.untoldStop.set(true);
    try {
      signalToEnd(container, signal, exit);
      if (!hasEnded(container, exit, timeout)) {
        kill(container, exit);
      }
      if (container.status() == Status.RESTARTING) {
        stayEnded(container); // It ended by itself before it was known that it is to stop.
      }
    } catch (IOException | RuntimeException e) {
      container.untoldStop.set(false);
      throw e;
    }
    if (container.takeUntoldStop()) {
      core.publish(container, "stop"); // its end was told before this began
    }
  }

  /** Has the restart policy leave it ended; false when that came too late and it runs again. */
  boolean stayEnded(Container container) throws IOException {
    try (Lane.Hold hold = container.lane.enter("stop", container.name())) {
      if (container.status() != Status.RESTARTING) {
        return !container.status().alive();
      }
      rememberStop(container);
      container.restartCancelled();
      return true;
    }
  }

  /**
   * That it ends on somebody's word. A full disk stands in no stop's and no removal's way: they are
   * what makes room.
   */
  void rememberStop(Container container) {
    container.stopByHand();
    try {
      core.store.writeState(container.id, container::last, false);
    } catch (IOException e) {
      LOG.warn("that container {} is to stop could not be recorded", container.name(), e);
    }
  }

  /** A signal that is to end it; that it ended before is no error. */
  private void signalToEnd(Container container, int signal, CompletableFuture<WaitResult> exit)
      throws IOException {
    try {
      signal(container, signal);
    } catch (EngineException e) {
      if (exit.isDone() || !container.status().alive()) {
        return;
      }
      container.stopFailed();
      throw e;
    }
  }

  private static boolean hasEnded(
      Container container, CompletableFuture<WaitResult> exit, int seconds) throws IOException {
    // Taking down what it had may hang; it has ended all the same.
    return waitFor(exit, seconds) || !container.status().alive();
  }

  /** A paused process takes its signal only when it is let go on. */
  private void signal(Container container, int signal) throws IOException {
    core.drivers
        .isolation()
        .run(
            container.record().drivers().isolation(),
            driver -> driver.signal(container.id, signal));
    if (container.status() == Status.PAUSED) {
      letGoOn(container, signal);
    }
    core.publish(container, "kill", Map.of("signal", Integer.toString(signal)));
  }

  private void letGoOn(Container container, int signal) throws IOException {
    try {
      pausing.goOn(container);
    } catch (EngineException e) {
      if (signal != Signals.KILL || e.kind() != CONFLICT) {
        throw e;
      }
      // It needed no letting go: it is gone, and its end is on the way here.
    }
  }

  /** SIGKILL, and the end waited for. */
  void kill(Container container, CompletableFuture<WaitResult> exit) throws IOException {
    signalToEnd(container, Signals.KILL, exit);
    boolean ended = false;
    for (int waited = 0; !ended && waited < KILL_PATIENCE_SECONDS; waited++) {
      ended = hasEnded(container, exit, 1);
      if (!ended && container.status() == Status.PAUSED) {
        letGoOn(container, Signals.KILL); // paused before it took the signal
      }
    }
    if (!ended) {
      throw new EngineException(
          INTERNAL,
          "tried to kill container " + container.id.hex() + ", but did not receive an exit event");
    }
  }

  void signalByHand(Container container, int signal) throws IOException {
    if (signal == Signals.KILL) {
      starts.settle(container);
    } else {
      Lifecycle.settled(container);
    }
    CompletableFuture<WaitResult> exit = container.nextExit();
    if (!container.status().alive()) {
      throw new EngineException(CONFLICT, "container " + container.id.hex() + " is not running");
    }
    if (signal != Signals.KILL) {
      if (signal == Signals.number(stopSignal(container.details()))) {
        rememberStop(container);
      }
      signal(container, signal);
      return;
    }
    rememberStop(container);
    kill(container, exit);
    if (container.status() == Status.RESTARTING) {
      stayEnded(container);
    }
  }

  static String stopSignal(ContainerDetails details) {
    String asked = details.config().stopSignal();
    return asked == null || asked.isEmpty() ? "TERM" : asked;
  }

  private static boolean waitFor(CompletableFuture<WaitResult> exit, int seconds)
      throws IOException {
    try {
      if (seconds < 0) {
        exit.get();
      } else {
        exit.get(seconds, TimeUnit.SECONDS);
      }
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for a container's end");
    } catch (ExecutionException e) {
      throw new IOException("waiting for a container's end", e.getCause());
    }
  }
}
