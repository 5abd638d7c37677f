package dev.felucca.engine.container;

import dev.felucca.engine.work.Workers;
import dev.felucca.kernel.container.ContainerManager.WaitResult;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Who waits for a container's next begin, its next end or its removal. They hear of it on the
 * workers' threads: what they do with it holds nobody up. Thread-safe; the monitor is never held
 * while somebody is told.
 */
final class Waiters {
  private final Workers workers;

  /** A client's wait is a future of its own, which is forgotten when the client cancels it. */
  private final Set<CompletableFuture<WaitResult>> forExit = new HashSet<>();

  private final Set<CompletableFuture<WaitResult>> forRemoval = new HashSet<>();

  private CompletableFuture<Void> started = new CompletableFuture<>();
  private CompletableFuture<WaitResult> nextExit = new CompletableFuture<>();
  private boolean begun;

  /** What everybody hears from now on: nothing more will happen here. */
  private @Nullable CompletableFuture<WaitResult> last;

  Waiters(Workers workers) {
    this.workers = workers;
  }

  /** Completes when the run that is there, or else the next, has begun; shared by all. */
  synchronized CompletableFuture<Void> started() {
    return started;
  }

  /** Completes with the next end; shared by all, so nobody cancels it. */
  synchronized CompletableFuture<WaitResult> nextExit() {
    return nextExit;
  }

  /** As {@link #nextExit}, for one client: it ends the wait by cancelling it. */
  CompletableFuture<WaitResult> awaitExit() {
    return await(forExit);
  }

  /** As {@link #awaitExit}, for the removal. */
  CompletableFuture<WaitResult> awaitRemoval() {
    return await(forRemoval);
  }

  private CompletableFuture<WaitResult> await(Set<CompletableFuture<WaitResult>> all) {
    CompletableFuture<WaitResult> one = new CompletableFuture<>();
    synchronized (this) {
      if (last != null) {
        return last;
      }
      all.add(one);
    }
    one.whenComplete(
        (result, failure) -> {
          synchronized (this) {
            all.remove(one);
          }
        });
    return one;
  }

  /** How many clients wait. */
  synchronized int count() {
    return forExit.size() + forRemoval.size();
  }

  synchronized void begun() {
    begun = true;
    CompletableFuture<Void> signal = started;
    workers.execute(() -> signal.complete(null));
  }

  /** There is no run any more; who waits for a begin waits for the next. */
  synchronized void idle() {
    if (begun) {
      begun = false;
      started = new CompletableFuture<>();
    }
  }

  /** Who waits for an end from now on waits for another. */
  synchronized void ended(int exitCode) {
    List<CompletableFuture<WaitResult>> waited = List.copyOf(forExit);
    CompletableFuture<WaitResult> exit = nextExit;
    nextExit = new CompletableFuture<>();
    WaitResult result = new WaitResult(exitCode, null);
    workers.execute(
        () -> {
          exit.complete(result);
          waited.forEach(one -> one.complete(result));
        });
  }

  /** It is gone: no begin will come, and it is the end that others wait for. */
  void gone(int exitCode, String why) {
    WaitResult result = new WaitResult(exitCode, null);
    CompletableFuture<WaitResult> exit;
    List<CompletableFuture<WaitResult>> waited;
    synchronized (this) {
      exit = nextExit;
      waited = takeAll(CompletableFuture.completedFuture(result));
    }
    started().completeExceptionally(new IllegalStateException(why));
    workers.execute(
        () -> {
          waited.forEach(one -> one.complete(result));
          exit.complete(result);
        });
  }

  /** The engine goes, and the container runs on: nobody hears what they wait for. */
  void disappoint(String why) {
    IllegalStateException going = new IllegalStateException(why);
    List<CompletableFuture<WaitResult>> waited;
    synchronized (this) {
      waited = takeAll(CompletableFuture.failedFuture(going));
    }
    waited.forEach(one -> one.completeExceptionally(going));
    nextExit().completeExceptionally(going);
    started().completeExceptionally(going);
  }

  private List<CompletableFuture<WaitResult>> takeAll(CompletableFuture<WaitResult> end) {
    last = end;
    Set<CompletableFuture<WaitResult>> all = new HashSet<>(forRemoval);
    all.addAll(forExit);
    return List.copyOf(all);
  }
}
