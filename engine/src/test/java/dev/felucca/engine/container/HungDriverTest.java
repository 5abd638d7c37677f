package dev.felucca.engine.container;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.ContainerManager.WaitCondition;
import dev.felucca.kernel.container.ContainerState.Status;
import dev.felucca.tck.fake.FakeIsolation;
import dev.felucca.tck.fake.FakeSnapshotter;
import dev.felucca.tck.fake.Trouble;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** A call that never returns stops its own container only. */
class HungDriverTest extends OnTestEngine {
  private void othersGoOn(String name) throws Exception {
    assertTrue(engine.queries.list(true, 0, false, Map.of()).size() > 0);
    ContainerId other = engine.run(name);
    engine.manager.stop(name, null, null);
    assertEquals(143, engine.inspect(other).state().exitCode());
    engine.manager.remove(name, false, false);
  }

  /** One hung call of a start; the next ones go well. */
  private void startHangsIn(Trouble trouble, String call) throws Exception {
    ContainerId id = engine.create("c1");
    Trouble.Hang hang = trouble.hang(call);
    aside(() -> engine.manager.start("c1"));
    assertTrue(hang.reached());
    trouble.end(call);
    assertEquals(Status.CREATED, engine.status(id));
    othersGoOn("other");
    hang.close();
    engine.awaitStatus(id, Status.RUNNING);
  }

  @Test
  void aHungIsolationDriver() throws Exception {
    startHangsIn(machine.isolation.trouble(), "create");
  }

  @Test
  void aHungStorageDriver() throws Exception {
    startHangsIn(machine.storage.trouble(), "mounts");
  }

  @Test
  void aHungNetworkDriver() throws Exception {
    startHangsIn(machine.bridge.trouble(), "join");
  }

  @Test
  void aHungLogDriver() throws Exception {
    startHangsIn(machine.log.trouble(), "writer");
  }

  @Test
  void aHungStorageDriverIsNoBusinessOfContainersOnAnother() throws Exception {
    FakeSnapshotter other = new FakeSnapshotter("vfs");
    Trouble.Hang hang = other.trouble().hang("walk");
    engine.drivers.bindSnapshotter(other);
    assertTrue(hang.reached());
    engine.create("c1");
    othersGoOn("c2");
    hang.close();
  }

  @Test
  void anEndIsToldAlthoughTheNetworkDriverHangs() throws Exception {
    ContainerId id = engine.run("c1");
    Trouble.Hang hang = machine.bridge.trouble().hang("leave");
    engine.process(id).exit(6);
    assertTrue(hang.reached());
    machine.bridge.trouble().end("leave");
    assertEquals(Status.EXITED, engine.status(id));
    assertEquals(
        6,
        engine
            .manager
            .await("c1", WaitCondition.NOT_RUNNING)
            .toCompletableFuture()
            .get(1, TimeUnit.SECONDS)
            .exitCode());
    ContainerId other = engine.run("c2");
    assertEquals(
        "10.99.0.3",
        engine.inspect(other).networks().get("bridge").ipAddress(),
        "what the driver has not let go of is not given again");
    hang.close();
  }

  @Test
  void anEndIsToldAlthoughTheLogHangs() throws Exception {
    ContainerId id = engine.run("c1");
    Trouble.Hang hang = machine.log.trouble().hang("write");
    engine.process(id).print("lost\n");
    assertTrue(hang.reached());
    machine.log.trouble().end("write");
    othersGoOn("c2");
    Listener listener = new Listener();
    engine.streams.attach("c1", Listener.OUTPUT, listener);
    engine.process(id).exit(6);
    TestEngine.await("the end", Duration.ofSeconds(20), () -> engine.status(id) == Status.EXITED);
    assertEquals(6, engine.inspect(id).state().exitCode());
    TestEngine.await("told", () -> listener.isOver());
    TestEngine.await("over", () -> engine.core.index.get(id).run() == null);
    engine.manager.start("c1");
    hang.close();
  }

  @Test
  void aSignalWaitsForTheStartThatIsUnderWay() throws Exception {
    ContainerId id = engine.create("c1");
    Trouble.Hang hang = new Trouble.Hang();
    machine
        .isolation
        .trouble()
        .at(
            "start",
            () -> {
              machine.isolation.begin(id);
              hang.hold();
            });
    aside(() -> engine.manager.start("c1"));
    assertTrue(hang.reached());
    Thread kill = aside(() -> engine.manager.kill("c1", "INT"));
    TestEngine.await("it waits", () -> kill.getState() == Thread.State.TIMED_WAITING);
    hang.close();
    engine.awaitStatus(id, Status.EXITED);
    assertEquals(130, engine.inspect(id).state().exitCode());
  }

  @Test
  void aStartThatSomebodyEndsSaysSo() throws Exception {
    ContainerId id = engine.create("c1");
    Trouble.Hang hang = new Trouble.Hang();
    Trouble trouble = machine.isolation.trouble();
    trouble.at(
        "start",
        () -> {
          hang.hold();
          throw new IOException("write: EPIPE (broken pipe)");
        });
    trouble.at("killAll", hang::close);
    AtomicReference<Exception> told = new AtomicReference<>();
    Thread start =
        aside(
            () -> {
              try {
                engine.manager.start("c1");
              } catch (EngineException e) {
                told.set(e);
              }
            });
    assertTrue(hang.reached());
    EngineException over =
        assertThrows(EngineException.class, () -> engine.manager.stop("c1", null, null));
    assertEquals(EngineException.Kind.NOT_MODIFIED, over.kind());
    start.join();
    EngineException refusal = assertInstanceOf(EngineException.class, told.get());
    assertEquals(EngineException.Kind.CONFLICT, refusal.kind(), refusal.getMessage());
    assertTrue(refusal.getMessage().contains("was stopped while it was being started"));
    trouble.end("start");
    engine.manager.start("c1");
    engine.awaitStatus(id, Status.RUNNING);
  }

  @Test
  void aHungAdoptionHoldsNeitherTheEnginesStartNorTheDriversSuccessor() throws Exception {
    ContainerId id = engine.run("c1");
    engine.crash();
    FakeIsolation hung = machine.isolation;
    Trouble.Hang hang = hung.trouble().hang("adopt");
    Trouble.Hang network = machine.bridge.trouble().hang("adopt");
    engine = new TestEngine(machine);
    assertTrue(hang.reached());
    assertTrue(network.reached());
    assertEquals(Status.RUNNING, engine.status(id));
    machine.isolation = new FakeIsolation("linux", machine.host);
    engine.drivers.bindIsolation(machine.isolation);
    machine.bridge = machine.bridge.updated();
    engine.drivers.bindNetwork(machine.bridge);
    engine.process(id).exit(8);
    engine.awaitStatus(id, Status.EXITED);
    assertEquals(8, engine.inspect(id).state().exitCode());
    othersGoOn("c2");
  }
}
