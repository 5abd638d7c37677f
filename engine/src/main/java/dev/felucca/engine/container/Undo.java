package dev.felucca.engine.container;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;

/** What is to be undone, in reverse order, when something fails on the way. */
final class Undo {
  private final Deque<Step> steps = new ArrayDeque<>();

  /** Takes one thing back. */
  @FunctionalInterface
  interface Step {
    void run() throws IOException;
  }

  void with(Step step) {
    steps.push(step);
  }

  /** Takes everything back; what fails of it is added to {@code cause}. */
  void run(Throwable cause) {
    for (Step step : steps) {
      try {
        step.run();
      } catch (IOException | RuntimeException e) {
        cause.addSuppressed(e);
      }
    }
    steps.clear();
  }

  /** Takes everything back where nothing went wrong; the first failure is thrown at the end. */
  void runAll() throws IOException {
    IOException failure = new IOException("taking back");
    run(failure);
    if (failure.getSuppressed().length > 0) {
      throw failure;
    }
  }
}
