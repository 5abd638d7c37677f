package dev.felucca.engine.container;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.ContainerState.Health;
import dev.felucca.kernel.container.ContainerState.Probe;
import dev.felucca.kernel.container.ContainerState.Status;
import dev.felucca.kernel.image.HealthcheckConfig;
import dev.felucca.tck.fake.FakeProcess;
import dev.felucca.tck.fake.Trouble;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class HealthTest extends OnTestEngine {
  private static final long MILLI = 1_000_000;

  private final Set<String> seen = new HashSet<>();

  private static HealthcheckConfig every(long millis, long timeoutMillis, int retries) {
    return new HealthcheckConfig(
        List.of("CMD-SHELL", "true"), millis * MILLI, timeoutMillis * MILLI, 0L, 0L, retries);
  }

  private ContainerId run(String name, HealthcheckConfig check) throws IOException {
    ContainerId id = engine.create(name, config -> config.healthcheck = check, host -> {});
    engine.manager.start(name);
    return id;
  }

  private Health health(ContainerId id) {
    Health health = engine.inspect(id).state().health();
    assertNotNull(health);
    return health;
  }

  /** The process of the next check. */
  private FakeProcess next(ContainerId id) {
    // Of a check whose driver is away there is an id for a moment, and never a process.
    TestEngine.await("a check", () -> begun(id).findAny().isPresent());
    String found = begun(id).findAny().orElseThrow();
    seen.add(found);
    return machine.host.exec(found);
  }

  private Stream<String> begun(ContainerId id) {
    return engine.inspect(id).execIds().stream()
        .filter(exec -> !seen.contains(exec) && machine.host.hasExec(exec));
  }

  private void check(ContainerId id, int code) {
    int before = health(id).log().size();
    Instant last = before == 0 ? Instant.EPOCH : health(id).log().get(before - 1).end();
    FakeProcess process = next(id);
    process.print("looked\n");
    process.exit(code);
    TestEngine.await(
        "the check counts",
        () -> {
          List<Probe> log = health(id).log();
          return !log.isEmpty() && log.get(log.size() - 1).end().isAfter(last);
        });
  }

  @Test
  void becomesHealthyAndUnhealthyByDockersRules() throws Exception {
    ContainerId id = run("c1", every(5, 10_000, 2));
    assertEquals("starting", health(id).status());
    check(id, 0);
    assertEquals("healthy", health(id).status());
    check(id, 1);
    assertEquals("healthy", health(id).status());
    assertEquals(1, health(id).failingStreak());
    check(id, 2);
    assertEquals("unhealthy", health(id).status());
    assertEquals(2, health(id).failingStreak());
    check(id, 0);
    assertEquals("healthy", health(id).status());
    assertEquals(0, health(id).failingStreak());
    check(id, 0);
    check(id, 0);
    assertEquals(5, health(id).log().size());
    assertEquals("looked\n", health(id).log().get(4).output());
    assertEquals(
        List.of("health_status: healthy", "health_status: unhealthy", "health_status: healthy"),
        engine.actions().stream().filter(a -> a.startsWith("health_status")).toList());
    assertTrue(engine.actions().contains("exec_create: /bin/sh -c true"), "" + engine.actions());
    assertTrue(engine.actions().contains("exec_start: /bin/sh -c true"));
    assertTrue(engine.actions().contains("exec_die"));
  }

  @Test
  void whatTakesTooLongIsKilledAndCounted() throws Exception {
    ContainerId id = run("c1", every(5, 30, 1));
    FakeProcess process = next(id);
    process.print("so far");
    TestEngine.await("unhealthy", () -> health(id).status().equals("unhealthy"));
    Probe probe = health(id).log().get(0);
    assertEquals(-1, probe.exitCode());
    assertEquals("Health check exceeded timeout (30ms): so far", probe.output());
    TestEngine.await("killed", () -> process.signals().contains(9));
    check(id, 0);
  }

  @Test
  void anEndAndAPauseStopTheChecks() throws Exception {
    ContainerId id = run("c1", every(5, 10_000, 1));
    check(id, 0);
    FakeProcess under = next(id);
    engine.manager.pause("c1");
    assertEquals("unhealthy", health(id).status());
    TestEngine.await("the check under way is killed", () -> under.signals().contains(9));
    engine.manager.unpause("c1");
    check(id, 0);
    assertEquals("healthy", health(id).status());
    engine.manager.stop("c1", null, null);
    assertEquals("unhealthy", health(id).status());
    engine.manager.start("c1");
    assertEquals("starting", health(id).status());
    assertEquals(0, health(id).failingStreak());
  }

  @Test
  void healthSurvivesTheEngine() throws Exception {
    ContainerId id = run("c1", every(50, 10_000, 3));
    check(id, 0);
    check(id, 1);
    check(id, 1);
    engine.crash();
    engine = new TestEngine(machine);
    engine.awaitStatus(id, Status.RUNNING);
    assertEquals(2, health(id).failingStreak());
    assertEquals(3, health(id).log().size());
    check(id, 1);
    assertEquals("unhealthy", health(id).status());
  }

  @Test
  void aDriverThatIsAwaySaysNothingOfTheContainer() throws Exception {
    ContainerId id = run("c1", every(5, 10_000, 1));
    check(id, 0);
    engine.drivers.unbindIsolation(machine.isolation);
    long asked = executed();
    TestEngine.await(
        "some checks later",
        () -> {
          if (begun(id).findAny().isPresent()) {
            next(id).exit(0); // it came before the driver went
          }
          return executed() > asked + 3;
        });
    assertEquals("healthy", health(id).status());
    engine.drivers.bindIsolation(machine.isolation);
    check(id, 0);
  }

  private long executed() {
    return engine.actions().stream().filter(a -> a.startsWith("exec_create")).count();
  }

  @Test
  void aCheckThatHangsInItsDriverHoldsNobody() throws Exception {
    Trouble.Hang hang = machine.isolation.trouble().hang("exec");
    ContainerId hung = run("c1", every(5, 10_000, 1));
    assertTrue(hang.reached());
    machine.isolation.trouble().end("exec");
    ContainerId id = run("c2", every(5, 10_000, 1));
    check(id, 0);
    engine.manager.stop("c1", 1, null);
    assertEquals(Status.EXITED, engine.status(hung));
    hang.close();
  }

  @Test
  void manyAtOnceAreLetThroughAFewAtATime() throws Exception {
    for (int n = 0; n < 40; n++) {
      ContainerId id = run("c" + n, every(1, 10_000, 1));
      if (n == 39) {
        check(id, 0);
      }
    }
  }

  @Test
  void withoutOneThereIsNoHealth() throws Exception {
    assertNull(engine.inspect(engine.run("c1")).state().health());
    HealthcheckConfig none = new HealthcheckConfig(List.of("NONE"), 0L, 0L, 0L, 0L, 0);
    assertNull(engine.inspect(run("c2", none)).state().health());
    HealthcheckConfig quick = new HealthcheckConfig(List.of("CMD", "x"), 10L, 0L, 0L, 0L, 0);
    EngineException e = assertThrows(EngineException.class, () -> run("c3", quick));
    assertEquals("Interval in Healthcheck cannot be less than 1ms", e.getMessage());
  }

  @Test
  void failuresInTheStartPeriodCountOnlyAfterTheFirstSuccess() {
    HealthPlan plan =
        new HealthPlan(
            List.of("x"),
            Duration.ofSeconds(30),
            Duration.ofSeconds(30),
            Duration.ofSeconds(10),
            Duration.ofSeconds(5),
            1);
    Instant start = Instant.parse("2026-01-01T00:00:00Z");
    Probe early = new Probe(start.plusSeconds(1), start.plusSeconds(1), 1, "");
    Probe late = new Probe(start.plusSeconds(11), start.plusSeconds(11), 1, "");
    Probe good = new Probe(start.plusSeconds(2), start.plusSeconds(2), 0, "");
    Health health = HealthChecks.judge(plan, HealthChecks.BEGUN, early, start);
    assertEquals("starting", health.status());
    assertEquals(0, health.failingStreak());
    assertEquals("unhealthy", HealthChecks.judge(plan, health, late, start).status());
    Health healthy = HealthChecks.judge(plan, health, good, start);
    assertEquals("healthy", healthy.status());
    assertEquals("unhealthy", HealthChecks.judge(plan, healthy, early, start).status());
  }

  @Test
  void durationsReadAsGosDo() {
    assertEquals("30s", GoDuration.of(Duration.ofSeconds(30)));
    assertEquals("1m30s", GoDuration.of(Duration.ofSeconds(90)));
    assertEquals("1h0m1.5s", GoDuration.of(Duration.ofMillis(3_601_500)));
    assertEquals("1.5ms", GoDuration.of(Duration.ofNanos(1_500_000)));
  }
}
