package dev.felucca.engine.container;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.container.ContainerManager.WaitCondition;
import dev.felucca.kernel.container.ContainerState.Status;
import dev.felucca.tck.fake.FakeIsolation;
import dev.felucca.tck.fake.FakeNetwork;
import dev.felucca.tck.fake.Trouble;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Drivers that come are handed what is theirs. */
class AdoptionTest extends OnTestEngine {
  /** The driver would take what is being made for what an earlier engine left, and end it. */
  @Test
  void aStartWaitsForTheAdoption() throws Exception {
    ContainerId one = engine.run("c1");
    engine.crash();
    Thread start;
    try (Trouble.Hang adopt = machine.isolation.trouble().hang("adopt")) {
      engine = new TestEngine(machine);
      assertTrue(adopt.reached());
      ContainerId two = engine.create("c2");
      start = new Thread(() -> assertDoesNotThrow(() -> engine.manager.start(two.hex())));
      start.start();
      TestEngine.await("it waits", () -> start.getState() == Thread.State.TIMED_WAITING);
      assertFalse(machine.isolation.trouble().calls().contains("create"));
      assertEquals(Status.RUNNING, engine.status(one));
      assertEquals(Status.CREATED, engine.status(two));
    }
    start.join();
    assertEquals(
        Status.RUNNING, engine.inspect(engine.core.index.resolve("c2").id).state().status());
  }

  /** Nothing is swept but what was there before. */
  @Test
  void whatIsCreatedWhileStorageIsSweptStays() throws Exception {
    String orphan = ContainerRecord.snapshotKey(ContainerId.random());
    engine.crash();
    try (Trouble.Hang walk = machine.storage.trouble().hang("walk")) {
      engine = new TestEngine(machine);
      assertTrue(walk.reached());
      engine.create("c1");
      machine.storage.prepare(orphan, null); // found after it, and so swept after it
    }
    TestEngine.await("swept", () -> !machine.storage.keys().contains(orphan));
    engine.manager.start("c1");
  }

  @Test
  void aNewIsolationDriverTakesOver() throws Exception {
    ContainerId id = engine.run("c1");
    engine.process(id).print("one\nt");
    TestEngine.await("logged", () -> machine.log.text(id.hex()).equals("one\n"));
    FakeIsolation old = machine.isolation;
    engine.drivers.unbindIsolation(old);
    old.close();
    assertEquals(Status.RUNNING, engine.status(id));
    engine.process(id).print("wo\n");
    var over = engine.manager.await("c1", WaitCondition.NOT_RUNNING);
    machine.isolation = new FakeIsolation("linux", machine.host);
    engine.drivers.bindIsolation(machine.isolation);
    TestEngine.await("logged once", () -> machine.log.text(id.hex()).equals("one\ntwo\n"));
    engine.process(id).exit(4);
    assertEquals(4, over.toCompletableFuture().get(10, TimeUnit.SECONDS).exitCode());
  }

  @Test
  void aNewIsolationDriverThatOverlapsTheOldTakesOver() throws Exception {
    ContainerId id = engine.run("c1");
    FakeIsolation old = machine.isolation;
    machine.isolation = new FakeIsolation("linux", machine.host);
    engine.drivers.bindIsolation(machine.isolation);
    awaitAdopted();
    engine.drivers.unbindIsolation(old);
    TestEngine.await("followed", () -> machine.isolation.trouble().calls().contains("follow"));
    engine.process(id).print("here\n");
    TestEngine.await("logged", () -> machine.log.text(id.hex()).equals("here\n"));
    engine.process(id).exit(4);
    engine.awaitStatus(id, Status.EXITED);
    assertEquals(4, engine.inspect(id).state().exitCode());
  }

  /** As when a bundle is updated and then refreshed. */
  @Test
  void aDriverThatComesTwiceAtOnceIsHandedWhatRuns() throws Exception {
    engine.run("c1");
    for (int turn = 0; turn < 200; turn++) {
      for (int coming = 0; coming < 2; coming++) {
        engine.drivers.unbindIsolation(machine.isolation);
        machine.isolation = new FakeIsolation("linux", machine.host);
        engine.drivers.bindIsolation(machine.isolation);
      }
      TestEngine.await("followed", () -> machine.isolation.trouble().calls().contains("follow"));
    }
  }

  @Test
  void aStartUnderWayIsNotSweptByADriverThatComes() throws Exception {
    ContainerId id = engine.create("c1");
    Trouble.Hang join = machine.bridge.trouble().hang("join");
    Thread start = aside(() -> engine.manager.start("c1"));
    assertTrue(join.reached());
    machine.isolation = new FakeIsolation("linux", machine.host);
    engine.drivers.bindIsolation(machine.isolation);
    awaitAdopted();
    machine.bridge.trouble().end("join");
    join.close();
    start.join(10_000);
    // It either runs, or failed and left nothing; which one is the new driver's to decide.
    if (engine.status(id) == Status.RUNNING) {
      engine.process(id).exit(0);
      engine.awaitStatus(id, Status.EXITED);
    }
    TestEngine.await("nothing is left", () -> machine.host.containers().isEmpty());
  }

  @Test
  void aNewNetworkDriverIsToldWhatIsThere() throws Exception {
    ContainerId one = engine.run("c1");
    ContainerId two = engine.run("c2");
    FakeNetwork old = machine.bridge;
    engine.drivers.unbindNetwork(old);
    engine.process(one).exit(0);
    engine.awaitStatus(one, Status.EXITED);
    TestEngine.await("over", () -> engine.core.index.resolve("c1").run() == null);
    assertEquals(2, old.endpoints().size(), "nobody was there to take it away");
    ContainerId three = engine.create("c3");
    machine.bridge = old.updated();
    engine.drivers.bindNetwork(machine.bridge);
    TestEngine.await("taken away", () -> machine.bridge.endpoints().size() == 1);
    assertEquals(two, machine.bridge.endpoints().get(0).container());
    // A moment after its endpoint is gone.
    TestEngine.await(
        "its address is given again",
        () -> {
          engine.manager.restart("c3", 0, null);
          return "10.99.0.2".equals(engine.inspect(three).networks().get("bridge").ipAddress());
        });
  }

  @Test
  void whatLeavesWhileANetworkDriverIsToldIsNotMadeAgain() throws Exception {
    ContainerId id = engine.run("c1");
    FakeNetwork old = machine.bridge;
    engine.drivers.unbindNetwork(old);
    machine.bridge = old.updated();
    try (Trouble.Hang adopt = machine.bridge.trouble().hang("adopt")) {
      engine.drivers.bindNetwork(machine.bridge);
      assertTrue(adopt.reached());
      engine.process(id).exit(0);
      engine.awaitStatus(id, Status.EXITED);
    }
    TestEngine.await("over", () -> engine.core.index.resolve("c1").run() == null);
    TestEngine.await("taken away", () -> machine.bridge.endpoints().isEmpty());
  }

  @Test
  void driversThatComeAfterTheEngineAreEnough() throws Exception {
    ContainerId id = engine.run("c1");
    engine.crash();
    engine = new TestEngine(machine, false);
    assertEquals(Status.RUNNING, engine.status(id));
    engine.bindAll();
    awaitAdopted();
    engine.process(id).exit(6);
    engine.awaitStatus(id, Status.EXITED);
    assertEquals(6, engine.inspect(id).state().exitCode());
  }

  @Test
  void whoWaitsHearsThatTheEngineGoes() throws Exception {
    ContainerId id = engine.run("c1");
    var over = engine.manager.await("c1", WaitCondition.NOT_RUNNING).toCompletableFuture();
    Listener listener = new Listener();
    engine.streams.attach("c1", Listener.OUTPUT, listener);
    engine.close();
    assertTrue(over.isCompletedExceptionally());
    TestEngine.await("told", () -> listener.isOver());
    assertEquals(0, machine.log.openWriters());
    assertTrue(machine.host.containers().contains(id));
  }
}
