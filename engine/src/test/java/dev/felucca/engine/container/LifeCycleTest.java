package dev.felucca.engine.container;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.ContainerManager.WaitCondition;
import dev.felucca.kernel.container.ContainerManager.WaitResult;
import dev.felucca.kernel.container.ContainerState.Status;
import dev.felucca.kernel.container.HostPort;
import dev.felucca.kernel.container.RestartPolicy;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LifeCycleTest extends OnTestEngine {
  private static int get(CompletionStage<WaitResult> waited) throws Exception {
    return waited.toCompletableFuture().get(10, TimeUnit.SECONDS).exitCode();
  }

  private EngineException refused(EngineException.Kind kind, Step step) {
    EngineException e = assertThrows(EngineException.class, step::run);
    assertEquals(kind, e.kind(), e.getMessage());
    return e;
  }

  @Test
  void eventsComeInDockersOrder() throws Exception {
    ContainerId id = engine.run("c1");
    engine.manager.stop("c1", null, null);
    engine.manager.remove("c1", false, false);
    engine.awaitActions(
        "create",
        "network connect",
        "start",
        "kill",
        "stop",
        "die",
        "network disconnect",
        "destroy");
    assertFalse(engine.exists(id));
    assertEquals(List.of(), machine.storage.keys());
    assertEquals(List.of(), machine.bridge.endpoints());
    assertEquals(0, machine.log.openWriters());
    assertFalse(Files.exists(engine.directories.running(id)));
    assertFalse(Files.exists(engine.directories.container(id)));
  }

  @Test
  void anExitIsTold() throws Exception {
    ContainerId id = engine.run("c1");
    CompletionStage<WaitResult> next = engine.manager.await("c1", WaitCondition.NEXT_EXIT);
    CompletionStage<WaitResult> over = engine.manager.await("c1", WaitCondition.NOT_RUNNING);
    CompletionStage<WaitResult> gone = engine.manager.await("c1", WaitCondition.REMOVED);
    engine.process(id).exit(7);
    assertEquals(7, get(next));
    assertEquals(7, get(over));
    assertEquals(7, get(engine.manager.await("c1", WaitCondition.NOT_RUNNING)));
    assertEquals(Status.EXITED, engine.status(id));
    assertFalse(gone.toCompletableFuture().isDone());
    engine.manager.remove("c1", false, false);
    assertEquals(7, get(gone));
  }

  @Test
  void namesAreTakenOnce() throws Exception {
    ContainerId id = engine.create("c1");
    EngineException e = refused(EngineException.Kind.CONFLICT, () -> engine.create("c1"));
    assertTrue(e.getMessage().contains("\"/c1\" is already in use by container \"" + id.hex()));
    assertEquals(1, machine.storage.keys().size());
    engine.manager.rename("c1", "c2");
    ContainerId other = engine.create("c1");
    assertEquals(other, engine.core.index.resolve("c1").id);
    refused(EngineException.Kind.CONFLICT, () -> engine.manager.rename("c1", "c2"));
    engine.manager.remove("c2", false, false);
    engine.manager.rename("c1", "c2");
  }

  @Test
  void refusalsHaveTheirKinds() throws Exception {
    engine.run("c1");
    refused(EngineException.Kind.NOT_MODIFIED, () -> engine.manager.start("c1"));
    refused(EngineException.Kind.CONFLICT, () -> engine.manager.remove("c1", false, false));
    engine.manager.pause("c1");
    refused(EngineException.Kind.CONFLICT, () -> engine.manager.pause("c1"));
    refused(EngineException.Kind.CONFLICT, () -> engine.manager.start("c1"));
    engine.manager.unpause("c1");
    refused(EngineException.Kind.INTERNAL, () -> engine.manager.unpause("c1"));
    engine.manager.kill("c1", "KILL");
    refused(EngineException.Kind.NOT_MODIFIED, () -> engine.manager.stop("c1", null, null));
    refused(EngineException.Kind.CONFLICT, () -> engine.manager.kill("c1", "KILL"));
    refused(EngineException.Kind.NOT_FOUND, () -> engine.manager.start("nobody"));
    refused(EngineException.Kind.INVALID, () -> engine.manager.kill("c1", "NOISE"));
  }

  @Test
  void whatSomebodyElseLetGoOnNeedsNoMoreLettingGo() throws Exception {
    engine.run("c1");
    Container container = engine.core.index.resolve("c1");
    engine.lifecycle.pausing().holdStill(container);
    assertTrue(engine.lifecycle.pausing().letGoOn(container));
    assertFalse(engine.lifecycle.pausing().letGoOn(container));
    engine.manager.kill("c1", "KILL");
    assertFalse(engine.lifecycle.pausing().letGoOn(container));
  }

  @Test
  void whatIsPausedBeforeItTakesItsKillingEndsAllTheSame() throws Exception {
    ContainerId id = engine.run("c1");
    engine.process(id).stick();
    Thread kill = aside(() -> engine.manager.kill("c1", "KILL"));
    TestEngine.await("it is signalled", () -> engine.process(id).signals().contains(9));
    TestEngine.await("it waits", () -> kill.getState() == Thread.State.TIMED_WAITING);
    engine.manager.pause("c1");
    engine.awaitStatus(id, Status.EXITED);
    assertEquals(137, engine.inspect(id).state().exitCode());
  }

  @Test
  void stoppingAPausedContainerLetsItGoOn() throws Exception {
    ContainerId id = engine.run("c1");
    engine.manager.pause("c1");
    engine.manager.stop("c1", null, null);
    assertEquals(Status.EXITED, engine.status(id));
    assertEquals(143, engine.inspect(id).state().exitCode());
  }

  @Test
  void whoIsDeafIsKilled() throws Exception {
    ContainerId id = engine.run("c1");
    engine.process(id).turnDeaf();
    engine.manager.stop("c1", 0, null);
    assertEquals(137, engine.inspect(id).state().exitCode());
  }

  @Test
  void aStartThatFailsLeavesNothing() throws Exception {
    ContainerId id =
        engine.create(
            "c1",
            c -> {},
            h -> h.portBindings = Map.of("80/tcp", List.of(new HostPort("", "40123"))));
    for (String call : List.of("create", "follow", "start")) {
      machine.isolation.trouble().fail(call, "no such luck");
      assertThrows(EngineException.class, () -> engine.manager.start("c1"), call);
      machine.isolation.trouble().end(call);
      nothingIsLeft(id, call);
    }
    machine.bridge.trouble().fail("join", "no such luck");
    assertThrows(EngineException.class, () -> engine.manager.start("c1"));
    assertFalse(
        machine.isolation.trouble().calls().lastIndexOf("start")
            > machine.isolation.trouble().calls().lastIndexOf("create"),
        "the program of a container that could not be wired is not run");
    machine.bridge.trouble().end("join");
    nothingIsLeft(id, "join");
    machine.storage.trouble().fail("mounts", "no such luck");
    assertThrows(EngineException.class, () -> engine.manager.start("c1"));
    machine.storage.trouble().end("mounts");
    nothingIsLeft(id, "mounts");
    for (String call : List.of("writer", "checkpoint")) {
      machine.log.trouble().fail(call, "no such luck");
      assertThrows(EngineException.class, () -> engine.manager.start("c1"));
      machine.log.trouble().end(call);
      nothingIsLeft(id, call);
    }
    engine.manager.start("c1");
    assertEquals(
        "10.99.0.2",
        engine.inspect(id).networks().get("bridge").ipAddress(),
        "given back each time");
  }

  private void nothingIsLeft(ContainerId id, String after) {
    assertEquals(Status.CREATED, engine.status(id), after);
    assertEquals(Set.of(), machine.host.containers(), after);
    assertEquals(List.of(), machine.bridge.endpoints(), after);
    assertEquals(0, machine.log.openWriters(), after);
    assertFalse(Files.exists(engine.directories.running(id)), after);
    assertEquals(128, engine.inspect(id).state().exitCode(), after);
  }

  @Test
  void failedProgramsHaveDockersExitCodes() throws Exception {
    ContainerId id = engine.create("c1");
    Map<String, Integer> codes =
        Map.of(
            "exec: \"foo\": executable file not found in $PATH", 127,
            "exec: \"/x\": no such file or directory", 127,
            "exec: \"/x\": permission denied", 126,
            "exec: \"/x\": is a directory", 126);
    codes.forEach(
        (words, code) -> {
          machine
              .isolation
              .trouble()
              .at(
                  "start",
                  () -> {
                    throw new EngineException(EngineException.Kind.INVALID, words);
                  });
          EngineException e =
              refused(EngineException.Kind.INVALID, () -> engine.manager.start("c1"));
          assertTrue(e.getMessage().contains(words), e.getMessage());
          assertEquals(code, engine.inspect(id).state().exitCode(), words);
        });
  }

  @Test
  void removedAtItsEndWhenItWasMadeForThat() throws Exception {
    ContainerId id = engine.run("c1", host -> host.autoRemove = true);
    CompletionStage<WaitResult> gone = engine.manager.await("c1", WaitCondition.REMOVED);
    engine.process(id).exit(3);
    assertEquals(3, get(gone));
    TestEngine.await("it is gone", () -> !engine.exists(id));
  }

  @Test
  void aRestartKeepsWhatIsRemovedAtItsEnd() throws Exception {
    ContainerId id = engine.run("c1", host -> host.autoRemove = true);
    engine.manager.restart("c1", null, null);
    assertEquals(Status.RUNNING, engine.status(id));
    engine.process(id).exit(0);
    TestEngine.await("it is gone", () -> !engine.exists(id));
  }

  @Test
  void whatIsRemovedByForceGoesAlsoWhenItIsStartedMeanwhile() throws Exception {
    ContainerId id = engine.create("c1");
    Container container = engine.core.index.resolve("c1");
    CompletableFuture<Boolean> removed;
    try (Lane.Hold before = container.lane.enter("test", "c1")) {
      aside(container, () -> engine.manager.start("c1"), 1);
      removed = aside(container, () -> engine.manager.remove("c1", true, false), 2);
    }
    assertTrue(removed.get(20, TimeUnit.SECONDS));
    assertFalse(engine.exists(id));
    assertEquals(List.of(), machine.storage.keys());
  }

  /** Begins it on a thread of its own, and answers when so many wait for the container's lane. */
  private static CompletableFuture<Boolean> aside(Container container, Step step, int waiting)
      throws Exception {
    CompletableFuture<Boolean> done =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                step.run();
                return true;
              } catch (Exception e) {
                throw new CompletionException(e);
              }
            },
            task -> new Thread(task).start());
    TestEngine.await("it waits", () -> container.lane.waiting() == waiting);
    return done;
  }

  @Test
  void aSnapshotThatCannotBeRemovedIsLeftToTheSweep() throws Exception {
    ContainerId id = engine.create("c1");
    machine.storage.trouble().fail("remove", "busy");
    engine.manager.remove("c1", false, false);
    assertFalse(engine.exists(id));
    assertEquals(1, machine.storage.keys().size());
    machine.storage.trouble().end("remove");
    engine.drivers.unbindSnapshotter(machine.storage);
    engine.drivers.bindSnapshotter(machine.storage);
    TestEngine.await("it is swept", () -> machine.storage.keys().isEmpty());
  }

  @Test
  void thePolicyRestartsUntilSomebodyStopsIt() throws Exception {
    ContainerId id = engine.run("c1", host -> host.restartPolicy = new RestartPolicy("always", 0));
    int first = engine.process(id).pid();
    engine.process(id).exit(1);
    TestEngine.await(
        "it runs again",
        () -> engine.status(id) == Status.RUNNING && engine.inspect(id).state().pid() != first);
    assertEquals(1, engine.inspect(id).restartCount());
    engine.manager.stop("c1", null, null);
    assertEquals(Status.EXITED, engine.status(id));
  }

  @Test
  void retriesAreCountedEvenWhenRunsAreLong() throws Exception {
    ContainerId id =
        engine.run("c1", host -> host.restartPolicy = new RestartPolicy("on-failure", 2));
    for (int run = 0; run < 2; run++) {
      int count = run;
      TestEngine.await(
          "it runs",
          () -> engine.status(id) == Status.RUNNING && engine.inspect(id).restartCount() == count);
      engine.process(id).exit(1);
    }
    TestEngine.await(
        "it runs",
        () -> engine.status(id) == Status.RUNNING && engine.inspect(id).restartCount() == 2);
    engine.process(id).exit(1);
    engine.awaitStatus(id, Status.EXITED);
  }

  @Test
  void aFailingRestartIsTriedAgain() throws Exception {
    ContainerId id = engine.run("c1", host -> host.restartPolicy = new RestartPolicy("always", 0));
    machine.storage.trouble().fail("mounts", "not now");
    engine.process(id).exit(1);
    TestEngine.await("it tried", () -> engine.inspect(id).restartCount() > 1);
    assertEquals(Status.RESTARTING, engine.status(id));
    machine.storage.trouble().end("mounts");
    engine.awaitStatus(id, Status.RUNNING);
  }

  @Test
  void stopEndsWaitingForARestart() throws Exception {
    ContainerId id =
        engine.run("c1", host -> host.restartPolicy = new RestartPolicy("unless-stopped", 0));
    machine.storage.trouble().fail("mounts", "not now");
    engine.process(id).exit(1);
    engine.awaitStatus(id, Status.RESTARTING);
    CompletionStage<WaitResult> over = engine.manager.await("c1", WaitCondition.NOT_RUNNING);
    engine.manager.stop("c1", null, null);
    machine.storage.trouble().end("mounts");
    get(over);
    assertEquals(Status.EXITED, engine.status(id));
    engine.crash();
    engine = new TestEngine(machine);
    TestEngine.await(
        "policies had their say",
        () -> engine.machine.isolation.trouble().calls().contains("adopt"));
    assertEquals(Status.EXITED, engine.status(id));
    assertTrue(engine.core.index.resolve("c1").last().stopRequested());
  }

  /** Its end is not known yet when the engine goes to let it go on. */
  @Test
  void aPausedContainerThatIsKilledIsGoneBeforeItIsLetGoOn() throws Exception {
    ContainerId id = engine.run("c1");
    engine.manager.pause("c1");
    machine
        .isolation
        .trouble()
        .at(
            "resume",
            () -> {
              throw new EngineException(EngineException.Kind.CONFLICT, "is not running");
            });
    engine.manager.remove("c1", true, false);
    assertFalse(engine.exists(id));
  }
}
