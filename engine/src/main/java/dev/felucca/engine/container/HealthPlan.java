package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.ContainerConfig;
import dev.felucca.kernel.image.HealthcheckConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How a container's health is checked, with Docker's defaults filled in. */
record HealthPlan(
    List<String> argv,
    Duration interval,
    Duration timeout,
    Duration startPeriod,
    Duration startInterval,
    int retries) {
  private static final long SHORTEST = Duration.ofMillis(1).toNanos();
  private static final List<String> SHELL = List.of("/bin/sh", "-c");

  /** Empty where nothing is checked: no health check, {@code NONE}, or a kind nobody knows. */
  static Optional<HealthPlan> of(ContainerConfig config) {
    HealthcheckConfig check = config.healthcheck();
    if (check == null || check.test() == null || check.test().size() < 2) {
      return Optional.empty();
    }
    List<String> argv = new ArrayList<>();
    switch (check.test().get(0)) {
      case "CMD" -> {}
      case "CMD-SHELL" -> {
        List<String> shell = config.shell();
        argv.addAll(shell == null || shell.isEmpty() ? SHELL : shell);
      }
      default -> {
        return Optional.empty();
      }
    }
    argv.addAll(check.test().subList(1, check.test().size()));
    int retries = check.retries() == null ? 0 : check.retries();
    return Optional.of(
        new HealthPlan(
            List.copyOf(argv),
            orElse(check.interval(), Duration.ofSeconds(30)),
            orElse(check.timeout(), Duration.ofSeconds(30)),
            orElse(check.startPeriod(), Duration.ZERO),
            orElse(check.startInterval(), Duration.ofSeconds(5)),
            retries <= 0 ? 3 : retries));
  }

  private static Duration orElse(@Nullable Long nanos, Duration otherwise) {
    return nanos == null || nanos == 0 ? otherwise : Duration.ofNanos(nanos);
  }

  /** INVALID with Docker's words for what cannot be. */
  static void check(@Nullable HealthcheckConfig asked) {
    if (asked == null) {
      return;
    }
    atLeast("Interval", asked.interval());
    atLeast("Timeout", asked.timeout());
    if (asked.retries() != null && asked.retries() < 0) {
      throw new EngineException(INVALID, "Retries in Healthcheck cannot be negative");
    }
    atLeast("StartPeriod", asked.startPeriod());
    atLeast("StartInterval", asked.startInterval());
  }

  private static void atLeast(String field, @Nullable Long nanos) {
    if (nanos != null && nanos != 0 && nanos < SHORTEST) {
      throw new EngineException(INVALID, field + " in Healthcheck cannot be less than 1ms");
    }
  }
}
