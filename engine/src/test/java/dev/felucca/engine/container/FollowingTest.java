package dev.felucca.engine.container;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.container.ContainerState.Status;
import dev.felucca.tck.fake.FakeLog;
import dev.felucca.tck.fake.Trouble;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Each byte of output is logged once, whichever driver goes and comes. */
class FollowingTest extends OnTestEngine {
  @Test
  void aRunningContainerRunsOn() throws Exception {
    ContainerId id = engine.run("c1");
    engine.process(id).print("one\ntw");
    TestEngine.await("logged", () -> machine.log.text(id.hex()).equals("one\n"));
    again();
    assertEquals(Status.RUNNING, engine.status(id));
    engine.process(id).print("o\nthree\n");
    TestEngine.await("logged once", () -> machine.log.text(id.hex()).equals("one\ntwo\nthree\n"));
    engine.process(id).exit(5);
    engine.awaitStatus(id, Status.EXITED);
    assertEquals(5, engine.inspect(id).state().exitCode());
    TestEngine.await("gone", () -> machine.bridge.endpoints().isEmpty());
  }

  @Test
  void aNewLogDriverGoesOnWhereTheOldStopped() throws Exception {
    ContainerId id = engine.run("c1");
    engine.process(id).print("one\nt");
    TestEngine.await("logged", () -> machine.log.text(id.hex()).equals("one\n"));
    FakeLog old = machine.log;
    engine.drivers.unbindLog(old);
    assertEquals(0, old.openWriters(), "nothing of a driver that went is kept");
    engine.process(id).print("wo\nthree\n");
    machine.log = old.updated();
    engine.drivers.bindLog(machine.log);
    TestEngine.await("logged once", () -> machine.log.text(id.hex()).equals("one\ntwo\nthree\n"));
    engine.process(id).exit(0);
    engine.awaitStatus(id, Status.EXITED);
    TestEngine.await("closed", () -> machine.log.openWriters() == 0);
  }

  /** What a second writer's log lacks is gone, as the first has had it. */
  @Test
  void logDriversThatComeAtOnceOpenEachLogOnce() throws Exception {
    List<ContainerId> ids = List.of(engine.run("c1"), engine.run("c2"));
    engine.crash();
    engine = new TestEngine(machine, false);
    engine.drivers.bindIsolation(machine.isolation);
    TestEngine.await("both wait for a log", () -> engine.adoption.waiting().containsAll(ids));
    Trouble log = machine.log.trouble();
    List<Trouble.Hang> opens = List.of(new Trouble.Hang(), new Trouble.Hang(), new Trouble.Hang());
    AtomicInteger opened = new AtomicInteger();
    log.at("writer", () -> opens.get(Math.min(2, opened.getAndIncrement())).hold());
    opens.get(2).close();
    engine.drivers.bindLog(machine.log);
    assertTrue(opens.get(0).reached());
    engine.drivers.bindLog(new FakeLog("none")); // both look who waits for a log
    assertTrue(opens.get(1).reached());
    opens.get(0).close();
    TestEngine.await("followed", () -> machine.isolation.trouble().calls().contains("follow"));
    opens.get(1).close();
    for (ContainerId id : ids) {
      engine.process(id).print("here\n");
      TestEngine.await("logged", () -> machine.log.text(id.hex()).equals("here\n"));
      engine.process(id).exit(0);
      engine.awaitStatus(id, Status.EXITED);
    }
    assertEquals(2, opened.get());
  }
}
