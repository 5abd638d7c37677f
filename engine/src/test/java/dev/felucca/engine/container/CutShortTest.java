package dev.felucca.engine.container;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.container.ContainerConfig;
import dev.felucca.kernel.container.ContainerState.Status;
import dev.felucca.kernel.container.HostPort;
import dev.felucca.kernel.container.RestartPolicy;
import dev.felucca.kernel.container.UpdateRequest;
import dev.felucca.kernel.isolation.Resources;
import dev.felucca.kernel.network.Networks.NetworkRequest;
import dev.felucca.kernel.storage.RootFiles;
import dev.felucca.tck.fake.FakeIsolation;
import dev.felucca.tck.fake.Trouble;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a crash cuts short is done to the end by the next engine, or taken back. */
class CutShortTest extends OnTestEngine {
  @Test
  void aCrashWithinACreationLeavesNothing() throws Exception {
    crashAt(machine.storage.trouble(), "prepare", () -> engine.create("c1"));
    assertEquals(List.of(), engine.queries.list(true, 0, false, Map.of()));
    try (var left = Files.list(engine.directories.containers())) {
      assertEquals(0, left.count());
    }
    engine.create("c1");
  }

  private static void anonymous(ContainerConfig.Builder config) {
    config.volumes = Set.of("/v");
  }

  private int volumes() throws IOException {
    return engine.volumes.list(Map.of()).size();
  }

  @Test
  void aCrashWithinARemovalWithVolumesLeavesNone() throws Exception {
    // Nothing of an image is copied into them.
    RootFiles empty =
        (RootFiles)
            Proxy.newProxyInstance(
                RootFiles.class.getClassLoader(),
                new Class<?>[] {RootFiles.class},
                (proxy, method, arguments) ->
                    switch (method.getName()) {
                      case "name" -> "linux";
                      case "unusable" -> Optional.empty();
                      default -> false;
                    });
    engine.drivers.bindRootFiles(empty);
    for (boolean withVolumes : List.of(true, false)) {
      engine.create("c1", CutShortTest::anonymous, host -> {});
      crashAt(
          machine.storage.trouble(),
          "remove",
          () -> engine.manager.remove("c1", false, withVolumes));
      engine.drivers.bindRootFiles(empty);
      assertEquals(List.of(), engine.queries.list(true, 0, false, Map.of()));
      int left = withVolumes ? 0 : 1;
      TestEngine.await(left + " volumes", () -> volumes() == left);
    }
    engine.create("c2", CutShortTest::anonymous, host -> {});
    long before = adoptions();
    again();
    TestEngine.await("volumes adopted", () -> adoptions() > before);
    assertEquals(2, volumes());
  }

  private long adoptions() {
    return machine.volumes.trouble().calls().stream().filter("adopt"::equals).count();
  }

  @Test
  void aCrashAtAnyStepOfAStartTakesItBack() throws Exception {
    ContainerId id = engine.create("c1");
    for (String call : List.of("create", "follow", "start")) {
      crashAt(machine.isolation.trouble(), call, () -> engine.manager.start("c1"));
      takenBack(id, call);
    }
    crashAt(machine.bridge.trouble(), "join", () -> engine.manager.start("c1"));
    takenBack(id, "join");
    crashAt(machine.log.trouble(), "writer", () -> engine.manager.start("c1"));
    takenBack(id, "writer");
    engine.manager.start("c1");
    assertEquals("10.99.0.2", engine.inspect(id).networks().get("bridge").ipAddress());
  }

  private void takenBack(ContainerId id, String after) {
    awaitAdopted();
    engine.awaitStatus(id, Status.CREATED);
    TestEngine.await("nothing runs after " + after, () -> machine.host.containers().isEmpty());
    TestEngine.await("no endpoints after " + after, () -> machine.bridge.endpoints().isEmpty());
  }

  @Test
  void aCrashAfterTheProgramBeganTakesItBackToo() throws Exception {
    ContainerId id = engine.create("c1");
    Trouble.Hang confirmed = new Trouble.Hang();
    FakeIsolation old = machine.isolation;
    old.trouble()
        .at(
            "start",
            () -> {
              old.begin(id);
              confirmed.hold();
            });
    aside(() -> engine.manager.start("c1"));
    assertTrue(confirmed.reached());
    again();
    takenBack(id, "the program's begin");
  }

  @Test
  void aPolicysStartThatCrashedIsTriedAgain() throws Exception {
    ContainerId id = engine.run("c1", host -> host.restartPolicy = new RestartPolicy("always", 0));
    crashAt(machine.isolation.trouble(), "create", () -> engine.process(id).exit(1));
    engine.awaitStatus(id, Status.RUNNING);
  }

  @Test
  void aCrashAtAnyStepOfAnEndKeepsItsExitCode() throws Exception {
    ContainerId id = engine.create("c1");
    int code = 40;
    for (String call : List.of("leave", "delete")) {
      engine.manager.start("c1");
      int now = ++code;
      crashAt(
          call.equals("leave") ? machine.bridge.trouble() : machine.isolation.trouble(),
          call,
          () -> engine.process(id).exit(now));
      assertEquals(Status.EXITED, engine.status(id), call);
      assertEquals(now, engine.inspect(id).state().exitCode(), call);
      TestEngine.await("taken down", () -> machine.host.containers().isEmpty());
      TestEngine.await("given back", () -> machine.bridge.endpoints().isEmpty());
      TestEngine.await("over", () -> engine.core.index.resolve("c1").run() == null);
      assertEquals(now, engine.inspect(id).state().exitCode(), call);
    }
    engine.manager.start("c1");
    assertEquals("10.99.0.2", engine.inspect(id).networks().get("bridge").ipAddress());
  }

  @Test
  void aCrashWithinARemovalRemoves() throws Exception {
    ContainerId id = engine.create("c1");
    crashAt(machine.storage.trouble(), "remove", () -> engine.manager.remove("c1", false, false));
    assertFalse(engine.exists(id));
    TestEngine.await("swept", () -> machine.storage.keys().isEmpty());
    assertFalse(Files.exists(engine.directories.container(id)));
  }

  @Test
  void aPauseThatWasCutShortIsFinished() throws Exception {
    ContainerId id = engine.run("c1");
    crashAt(machine.isolation.trouble(), "pause", () -> engine.manager.pause("c1"));
    assertEquals(Status.PAUSED, engine.status(id));
    TestEngine.await("paused", () -> engine.process(id).paused());
    engine.manager.unpause("c1");
    assertFalse(engine.process(id).paused());
    again();
    assertEquals(Status.RUNNING, engine.status(id));
  }

  @Test
  void whatIsHeldStillForACommitGoesOnAfterACrash() throws Exception {
    ContainerId id = engine.run("c1");
    engine.lifecycle.pausing().holdStill(engine.core.index.get(id));
    assertEquals(Status.PAUSED, engine.status(id));
    assertTrue(engine.process(id).paused());
    again();
    assertEquals(Status.RUNNING, engine.status(id));
    TestEngine.await("goes on", () -> !engine.process(id).paused());
  }

  @Test
  void whatASignalLetGoOnIsNotPausedAfterACrash() throws Exception {
    ContainerId id = engine.run("c1");
    engine.process(id).turnDeaf();
    engine.manager.pause("c1");
    engine.manager.kill("c1", "HUP");
    assertEquals(Status.RUNNING, engine.status(id));
    again();
    assertEquals(Status.RUNNING, engine.status(id));
    assertFalse(engine.process(id).paused());
  }

  @Test
  void aRenameThatWasCutShortIsToldToItsNetworks() throws Exception {
    engine.networks.create(NetworkRequest.of("n", ""));
    engine.run("c1", host -> host.networkMode = "n");
    crashAt(machine.bridge.trouble(), "update", () -> engine.manager.rename("c1", "c2"));
    TestEngine.await("told", () -> machine.bridge.endpoints().get(0).dnsNames().contains("c2"));
  }

  @Test
  void anUpdateThatWasCutShortIsDoneToTheEnd() throws Exception {
    ContainerId id = engine.run("c1");
    crashAt(machine.isolation.trouble(), "update", () -> engine.manager.update("c1", pids(7)));
    TestEngine.await(
        "limited",
        () -> Long.valueOf(7).equals(engine.inspect(id).hostConfig().resources().pidsLimit()));
    assertEquals(7L, engine.process(id).limits().pidsLimit());
    engine.manager.update("c1", pids(9));
    again();
    TestEngine.await("followed", () -> machine.isolation.trouble().calls().contains("follow"));
    assertEquals(9L, engine.inspect(id).hostConfig().resources().pidsLimit());
    assertFalse(machine.isolation.trouble().calls().contains("update"), "nothing was left to do");
  }

  @Test
  void anUpdateThatWasCutShortAndIsRefusedNowLeavesNothing() throws Exception {
    ContainerId id = engine.run("c1");
    crashWithin(machine.isolation.trouble(), "update", () -> engine.manager.update("c1", pids(7)));
    machine.isolation.trouble().fail("update", "no such file");
    engine = new TestEngine(machine);
    TestEngine.await("tried", () -> machine.isolation.trouble().calls().contains("update"));
    engine.manager.rename("c1", "c2"); // waits for what the adoption does
    assertEquals(null, engine.inspect(id).hostConfig().resources().pidsLimit());
  }

  private static UpdateRequest pids(long limit) {
    return new UpdateRequest(Resources.NONE.withPidsLimit(limit), null, null);
  }

  @Test
  void aPortThatWasPublishedUpToTheRecordIsRecorded() throws Exception {
    ContainerId id = engine.run("c1");
    Path config = engine.directories.container(id).resolve("config.json");
    String before = Files.readString(config);
    Map<String, List<HostPort>> port = Map.of("80/tcp", List.of(new HostPort("127.0.0.1", "")));
    new NetworkService(engine.core, engine.adoption).publish("c1", port);
    engine.crash();
    Files.writeString(config, before);
    engine = new TestEngine(machine);
    TestEngine.await("recorded", () -> !engine.inspect(id).hostConfig().portBindings().isEmpty());
    int number = machine.bridge.endpoints().get(0).ports().get(0).hostPort();
    assertEquals(
        List.of(new HostPort("127.0.0.1", Integer.toString(number))),
        engine.inspect(id).hostConfig().portBindings().get("80/tcp"));

    before = Files.readString(config);
    new NetworkService(engine.core, engine.adoption).unpublish("c1", port);
    engine.crash();
    Files.writeString(config, before);
    engine = new TestEngine(machine);
    TestEngine.await("recorded", () -> engine.inspect(id).hostConfig().portBindings().isEmpty());
    assertEquals(List.of(), machine.bridge.endpoints().get(0).ports());
  }

  @Test
  void aPortThatWasOnlyMadeIsTakenAway() throws Exception {
    ContainerId id = engine.run("c1");
    crashAt(
        machine.bridge.trouble(),
        "update",
        () ->
            new NetworkService(engine.core, engine.adoption)
                .publish("c1", Map.of("80/tcp", List.of())));
    awaitAdopted();
    assertEquals(List.of(), machine.bridge.endpoints().get(0).ports());
    assertEquals(Map.of(), engine.inspect(id).hostConfig().portBindings());
  }

  @Test
  void aStopThatWasUnderWayHoldsAfterACrash() throws Exception {
    ContainerId id = engine.run("c1", h -> h.restartPolicy = new RestartPolicy("always", 0));
    engine.process(id).turnDeaf();
    crashAt(machine.isolation.trouble(), "signal", () -> engine.manager.stop("c1", 100, null));
    awaitAdopted();
    TestEngine.await("followed", () -> machine.isolation.trouble().calls().contains("follow"));
    engine.process(id).exit(0);
    engine.awaitStatus(id, Status.EXITED);
  }
}
