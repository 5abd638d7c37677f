package dev.felucca.engine.container;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.ContainerState.Probe;
import dev.felucca.kernel.isolation.ExecSpec;
import dev.felucca.kernel.isolation.ExitStatus;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One health check of one container: an exec that no thread waits for. One that takes too long is
 * killed, and counted at once; {@link #over} tells when it is really gone.
 */
final class HealthProbe {
  private static final Logger LOG = LoggerFactory.getLogger(HealthProbe.class);
  private static final int KILL = 9;
  private static final Duration LAUNCH_PATIENCE = Duration.ofSeconds(30);

  /** How long what a check left running in the background may hold its output open. */
  private static final Duration OUTPUT_PATIENCE = Duration.ofSeconds(1);

  private final Core core;
  private final Container container;
  private final HealthPlan plan;
  private final String id = ContainerId.randomHex();
  private final Instant start = Instant.now();
  private final ProbeOutput output = new ProbeOutput();
  private final CompletableFuture<Optional<Probe>> result = new CompletableFuture<>();
  private final CompletableFuture<Void> over = new CompletableFuture<>();

  HealthProbe(Core core, Container container, HealthPlan plan) {
    this.core = core;
    this.container = container;
    this.plan = plan;
  }

  /** What came of it; empty when that says nothing of the container: its driver is away. */
  CompletionStage<Optional<Probe>> result() {
    return result;
  }

  /** Completes when its process is gone. */
  CompletionStage<Void> over() {
    return over;
  }

  /** Returns when the program runs, or never will. */
  void start() {
    String words = String.join(" ", plan.argv());
    core.publish(container, "exec_create: " + words, Map.of("execID", id));
    container.execAdded(id);
    over.whenComplete((gone, failure) -> container.execGone(id));
    core.publish(container, "exec_start: " + words, Map.of("execID", id));
    // A start that is slow is not the check's fault: its time counts apart, as with Docker.
    Future<?> launch =
        core.workers.after(
            LAUNCH_PATIENCE,
            () ->
                result.complete(
                    Optional.of(
                        probe(
                            -1,
                            "timed out starting health check for container "
                                + container.id.hex()))));
    CompletionStage<ExitStatus> exit;
    try {
      exit =
          core.drivers
              .isolation()
              .use(
                  container.record().drivers().isolation(),
                  driver -> {
                    driver.exec(container.id, spec(), output);
                    return driver.exitOfExec(id);
                  });
    } catch (IOException | RuntimeException e) {
      boolean away =
          e instanceof EngineException refusal
              && refusal.kind() == EngineException.Kind.UNAVAILABLE;
      result.complete(
          away ? Optional.empty() : Optional.of(probe(-1, ExecService.told(e).getMessage())));
      over.complete(null);
      return;
    } finally {
      launch.cancel(false);
    }
    Future<?> limit = core.workers.after(plan.timeout(), this::tookTooLong);
    exit.whenComplete(
        (status, failure) -> {
          limit.cancel(false);
          if (status == null) {
            result.complete(Optional.empty()); // the driver went, and with it who would have told
            over.complete(null);
          } else {
            core.workers.execute(() -> ended(status));
          }
        });
  }

  private ExecSpec spec() {
    return new ExecSpec(id, ExecService.process(container, plan.argv()), false, false);
  }

  private void ended(ExitStatus status) {
    core.publish(
        container, "exec_die", Map.of("execID", id, "exitCode", Integer.toString(status.code())));
    over.complete(null);
    Future<?> patience = core.workers.after(OUTPUT_PATIENCE, () -> tell(status.code()));
    output
        .whole()
        .thenRun(
            () -> {
              patience.cancel(false);
              tell(status.code());
            });
  }

  private void tell(int code) {
    result.complete(Optional.of(probe(code, output.text())));
  }

  private void tookTooLong() {
    String said = output.text();
    String words = "Health check exceeded timeout (" + GoDuration.of(plan.timeout()) + ")";
    result.complete(Optional.of(probe(-1, said.isEmpty() ? words : words + ": " + said)));
    kill();
  }

  /** Ends it: its container is going, or it takes too long. */
  void kill() {
    try {
      core.drivers
          .isolation()
          .run(container.record().drivers().isolation(), driver -> driver.signalExec(id, KILL));
    } catch (IOException | EngineException e) {
      LOG.debug("a health check of {} was not killed", container.name(), e);
    }
  }

  private Probe probe(int code, String text) {
    return new Probe(start, Instant.now(), code, text);
  }
}
