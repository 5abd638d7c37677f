package dev.felucca.engine.container;

import dev.felucca.engine.stream.OutputHub;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;

/**
 * What a run's process left is read before the run counts as over, as long as reading gets on: a
 * log that hangs, a driver that has gone, or somebody outside who holds the pipe and writes for
 * ever, must not keep a container from ending. A machine that is short of processor time gets all
 * of it.
 */
final class Drain {
  /** How long nothing may come before the rest is given up. */
  static final Duration PATIENCE = Duration.ofSeconds(5);

  /** How often that may be granted. */
  static final int TURNS = 60;

  /** Runs something later, as {@code Workers.after} does. */
  @FunctionalInterface
  interface Clock {
    Future<?> after(Duration delay, Runnable task);
  }

  private final OutputHub output;
  private final Clock clock;
  private final CompletableFuture<Void> over = new CompletableFuture<>();

  private Drain(OutputHub output, Clock clock) {
    this.output = output;
    this.clock = clock;
  }

  /** Completes, never with a failure, when all output is in the log or the rest is given up. */
  static CompletableFuture<Void> of(OutputHub output, Clock clock) {
    CompletableFuture<Void> drained = output.drained().toCompletableFuture();
    if (drained.isDone()) {
      return CompletableFuture.completedFuture(null);
    }
    Drain drain = new Drain(output, clock);
    drained.whenComplete((nothing, failure) -> drain.over.complete(null));
    drain.turn(output.seen(), TURNS);
    return drain.over;
  }

  private void turn(long seen, int left) {
    Future<?> next =
        clock.after(
            PATIENCE,
            () -> {
              long now = output.seen();
              if (now == seen || left == 1) {
                over.complete(null);
              } else {
                turn(now, left - 1);
              }
            });
    over.thenRun(() -> next.cancel(false));
  }
}
