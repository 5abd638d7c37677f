package dev.felucca.engine.image;

import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Lets a bar move about ten times a second, and always to its end. */
final class Throttle {
  private static final long APART = TimeUnit.MILLISECONDS.toNanos(100);

  private final Consumer<Step> steps;
  private final String status;
  private final long total;
  private long next = System.nanoTime();

  Throttle(Consumer<Step> steps, String status, long total) {
    this.steps = steps;
    this.status = status;
    this.total = total;
  }

  void at(long current) {
    long now = System.nanoTime();
    if (now - next >= 0) {
      next = now + APART;
      steps.accept(new Step(status, current, total));
    }
  }

  void end() {
    steps.accept(new Step(status, total, total));
  }
}
