package dev.felucca.engine.container;

import dev.felucca.kernel.container.RestartPolicy;
import java.time.Duration;

/** What Docker's restart policies say. */
final class RestartRule {
  private static final Duration FIRST_DELAY = Duration.ofMillis(100);
  private static final Duration LONGEST_DELAY = Duration.ofMinutes(1);
  private static final Duration LONG_RUN = Duration.ofSeconds(10);

  private RestartRule() {}

  /** Whether the run that ended so is followed by another. */
  static boolean wantsRestart(Container container, LastState last) {
    if (container.restartCancelledByHand()) {
      return false;
    }
    RestartPolicy policy = container.details().hostConfig().restartPolicy();
    return switch (policy.name()) {
      case "always", "unless-stopped" -> true;
      case "on-failure" -> last.exitCode() != 0 && retriesLeft(container, last);
      default -> false;
    };
  }

  private static boolean retriesLeft(Container container, LastState last) {
    int most = container.details().hostConfig().restartPolicy().maximumRetryCount();
    return most == 0 || last.restartCount() < most;
  }

  /** How long the restart waits: twice as long after each run that was short, up to a minute. */
  static Duration delay(int attempt) {
    Duration delay = FIRST_DELAY.multipliedBy(1L << Math.min(20, Math.max(0, attempt - 1)));
    return delay.compareTo(LONGEST_DELAY) > 0 ? LONGEST_DELAY : delay;
  }

  /** After a long run the next restart waits as briefly as the first. */
  static boolean isLong(Duration run) {
    return run.compareTo(LONG_RUN) >= 0;
  }

  /** Whether one that does not run is started after an engine's start. */
  static boolean startsWithEngine(Container container, LastState last) {
    String policy = container.details().hostConfig().restartPolicy().name();
    return policy.equals("always")
        || (policy.equals("unless-stopped") && !last.stopRequested())
        || (policy.equals("on-failure")
            && last.exitCode() != 0
            && !last.stopRequested()
            && retriesLeft(container, last));
  }
}
