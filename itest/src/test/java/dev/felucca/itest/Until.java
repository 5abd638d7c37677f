package dev.felucca.itest;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Callable;

/** Waits for a condition; a test never waits for a time. */
final class Until {
  private static final Duration DEADLINE = Duration.ofSeconds(20);

  private Until() {}

  static void holds(String what, Callable<Boolean> condition) throws Exception {
    isEmpty(what, () -> condition.call() ? Set.of() : Set.of("not so"));
  }

  /** Waits until nothing of that is left; says what is when it isn't. */
  static void isEmpty(String what, Callable<Set<String>> left) throws Exception {
    long end = System.nanoTime() + DEADLINE.toNanos();
    for (Set<String> still = left.call(); !still.isEmpty(); still = left.call()) {
      if (System.nanoTime() > end) {
        throw new AssertionError(
            "not within " + DEADLINE.toSeconds() + " s: " + what + ": " + still);
      }
      Thread.sleep(20);
    }
  }
}
