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
  static final Duration TURN = Duration.ofSeconds(1);

  /**
   * In so many turns on end nothing may come before the rest is given up. Not one long turn: an
   * engine that was stopped for longer, as by a freezer, would find it over before it had read on.
   */
  static final int IDLE_TURNS = 5;

  /** How many there may be at all. */
  static final int TURNS = 300;

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
    drain.turn(output.seen(), IDLE_TURNS, TURNS);
    return drain.over;
  }

  private void turn(long seen, int idle, int left) {
    Future<?> next =
        clock.after(
            TURN,
            () -> {
              long now = output.seen();
              int idleLeft = now == seen ? idle - 1 : IDLE_TURNS;
              if (idleLeft == 0 || left == 1) {
                over.complete(null);
              } else {
                turn(now, idleLeft, left - 1);
              }
            });
    over.thenRun(() -> next.cancel(false));
  }
}
