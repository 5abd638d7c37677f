package dev.felucca.engine.container;

import dev.felucca.kernel.container.ContainerState.Health;
import dev.felucca.kernel.container.ContainerState.Probe;
import dev.felucca.kernel.container.ContainerState.Status;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks the health of all containers, by one clock. No thread waits for a check: what a container
 * costs between two of them is an entry in the clock's queue.
 */
final class HealthChecks {
  static final String STARTING = "starting";
  static final String HEALTHY = "healthy";
  static final String UNHEALTHY = "unhealthy";
  static final Health BEGUN = new Health(STARTING, 0, List.of());
  private static final int KEPT = 5;
  private static final Logger LOG = LoggerFactory.getLogger(HealthChecks.class);

  private final Core core;
  private final LaunchGate gate;
  private final Map<Container, Watch> watches = new ConcurrentHashMap<>();

  HealthChecks(Core core) {
    this.core = core;
    this.gate = new LaunchGate(core.workers);
  }

  /** A run's checks: begun at its start or adoption, over at its end or a pause. */
  private static final class Watch {
    final Container container;
    final HealthPlan plan;
    final int run;
    private @Nullable Future<?> next;
    private @Nullable HealthProbe probe;
    private boolean over;

    Watch(Container container, HealthPlan plan, int run) {
      this.container = container;
      this.plan = plan;
      this.run = run;
    }

    synchronized boolean isOver() {
      return over;
    }

    synchronized void next(Future<?> due) {
      next = due;
      if (over) {
        due.cancel(false);
      }
    }

    synchronized boolean begin(HealthProbe begun) {
      if (over) {
        return false;
      }
      probe = begun;
      return true;
    }

    synchronized @Nullable HealthProbe end() {
      over = true;
      if (next != null) {
        next.cancel(false);
      }
      return probe;
    }
  }

  /** Begins for this run, or goes on with it: an isolation driver that came back asks again. */
  void follow(Container container, int run) {
    Optional<HealthPlan> plan = HealthPlan.of(container.record().config());
    if (plan.isEmpty() || container.status() != Status.RUNNING || container.runs() != run) {
      return;
    }
    Watch made = new Watch(container, plan.get(), run);
    Watch kept =
        watches.compute(
            container, (key, old) -> old != null && old.run == run && !old.isOver() ? old : made);
    if (kept == made) {
      write(container);
      schedule(made);
    }
  }

  /**
   * The run is over, or paused. Docker calls what it no longer looks at unhealthy, and so do we.
   */
  void stop(Container container) {
    Watch watch = watches.remove(container);
    if (watch == null) {
      return;
    }
    HealthProbe probe = watch.end();
    Health health = container.health();
    if (health != null) {
      container.health(new Health(UNHEALTHY, health.failingStreak(), health.log()));
      write(container);
    }
    if (probe != null) {
      core.workers.execute(probe::kill);
    }
  }

  /**
   * After what is left of the interval since the last check: an engine's restart starts none anew.
   */
  private void schedule(Watch watch) {
    Instant now = Instant.now();
    Instant started = started(watch.container, now);
    Instant since = started;
    Health health = watch.container.health();
    if (health != null && !health.log().isEmpty()) {
      Instant end = health.log().get(health.log().size() - 1).end();
      since = end.isAfter(started) ? end : started;
    }
    Duration left = interval(watch, started, now).minus(Duration.between(since, now));
    watch.next(
        core.workers.after(
            left.isNegative() ? Duration.ZERO : left, () -> gate.enter(() -> probe(watch))));
  }

  private static Instant started(Container container, Instant otherwise) {
    Instant started = container.last().started();
    return started == null ? otherwise : started;
  }

  private static Duration interval(Watch watch, Instant started, Instant now) {
    HealthPlan plan = watch.plan;
    Health health = watch.container.health();
    boolean starting =
        now.isBefore(started.plus(plan.startPeriod()))
            && health != null
            && health.status().equals(STARTING);
    return starting ? plan.startInterval() : plan.interval();
  }

  private void probe(Watch watch) {
    HealthProbe probe = new HealthProbe(core, watch.container, watch.plan);
    if (!isCurrent(watch) || !watch.begin(probe)) {
      watches.remove(watch.container, watch);
      return;
    }
    // One after the other: what is killed and not gone yet is not joined by a second.
    probe
        .result()
        .thenAccept(
            result -> {
              result.ifPresent(found -> record(watch, found));
              probe
                  .over()
                  .thenRun(
                      () -> {
                        if (result.isPresent()) {
                          schedule(watch);
                        } else {
                          later(watch);
                        }
                      });
            });
    probe.start();
  }

  /** The driver is away: asked again after a whole interval. */
  private void later(Watch watch) {
    watch.next(core.workers.after(watch.plan.interval(), () -> gate.enter(() -> probe(watch))));
  }

  /** An end that came between a look and a watch's beginning is seen here. */
  private static boolean isCurrent(Watch watch) {
    return watch.container.status() == Status.RUNNING && watch.container.runs() == watch.run;
  }

  private void record(Watch watch, Probe probe) {
    Container container = watch.container;
    String before;
    Health after;
    synchronized (watch) {
      Health health = container.health();
      if (watch.isOver() || !isCurrent(watch) || health == null) {
        return;
      }
      before = health.status();
      after = judge(watch.plan, health, probe, started(container, probe.start()));
      container.health(after);
    }
    write(container);
    if (!after.status().equals(before)) {
      core.publish(container, "health_status: " + after.status());
    }
  }

  /**
   * Docker's rules: a failure within the start period, before the first success, counts for
   * nothing.
   */
  static Health judge(HealthPlan plan, Health health, Probe probe, Instant started) {
    List<Probe> log = new ArrayList<>(health.log());
    log.add(probe);
    List<Probe> last = List.copyOf(log.subList(Math.max(0, log.size() - KEPT), log.size()));
    if (probe.exitCode() == 0) {
      return new Health(HEALTHY, 0, last);
    }
    if (health.status().equals(STARTING)
        && probe.start().isBefore(started.plus(plan.startPeriod()))) {
      return new Health(STARTING, health.failingStreak(), last);
    }
    int streak = health.failingStreak() + 1;
    return new Health(streak >= plan.retries() ? UNHEALTHY : health.status(), streak, last);
  }

  private void write(Container container) {
    try {
      core.store.writeHealth(container.id, container::health);
    } catch (IOException e) {
      LOG.warn("the health of container {} could not be recorded", container.name(), e);
    }
  }
}
