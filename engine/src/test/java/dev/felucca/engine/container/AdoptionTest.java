package dev.felucca.engine.container;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.ContainerConfig;
import dev.felucca.kernel.container.ContainerManager.WaitCondition;
import dev.felucca.kernel.container.ContainerState.Status;
import dev.felucca.kernel.container.HostPort;
import dev.felucca.kernel.container.RestartPolicy;
import dev.felucca.kernel.container.UpdateRequest;
import dev.felucca.kernel.isolation.Resources;
import dev.felucca.kernel.network.Networks.NetworkRequest;
import dev.felucca.kernel.storage.RootFiles;
import dev.felucca.tck.fake.FakeIsolation;
import dev.felucca.tck.fake.FakeLog;
import dev.felucca.tck.fake.FakeNetwork;
import dev.felucca.tck.fake.Trouble;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class AdoptionTest {
  @TempDir Path root;
  private TestEngine.Machine machine;
  private TestEngine engine;

  @BeforeEach
  void begin() throws IOException {
    machine = new TestEngine.Machine(root);
    engine = new TestEngine(machine);
  }

  @AfterEach
  void end() {
    // Calls that hang in an engine that crashed are not let go: it must not do anything any more.
    engine.close();
  }

  private void again() throws IOException {
    engine.crash();
    engine = new TestEngine(machine);
  }

  private void awaitAdopted() {
    TestEngine.await("adopted", () -> machine.isolation.trouble().calls().contains("adopt"));
  }

  private interface Step {
    void run() throws Exception;
  }

  /** Runs {@code step} until {@code call} is reached, and has the engine crash there. */
  private void crashAt(Trouble trouble, String call, Step step) throws Exception {
    crashWithin(trouble, call, step);
    engine = new TestEngine(machine);
  }

  /** And no engine comes after it yet. */
  private void crashWithin(Trouble trouble, String call, Step step) throws Exception {
    Trouble.Hang hang = trouble.hang(call);
    Thread thread =
        new Thread(
            () -> {
              try {
                step.run();
              } catch (Exception | Error expected) {
                // nobody is there any more to be told
              }
            });
    thread.setDaemon(true);
    thread.start();
    assertTrue(hang.reached(), call);
    engine.crash();
    if (trouble == machine.storage.trouble()) {
      trouble.end(call);
    }
  }

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

  /** As a removal leaves it that was killed halfway. */
  @Test
  void theRunOfAContainerThatIsGoneGoesToo() throws Exception {
    ContainerId id = engine.run("c1");
    Path runs = root.resolve("r/c");
    Path left = runs.resolve("0".repeat(64));
    Files.createDirectories(left.resolve("s"));
    again();
    assertEquals(Status.RUNNING, engine.status(id));
    assertTrue(Files.exists(runs.resolve(id.hex())));
    assertFalse(Files.exists(left));
  }

  @Test
  void anEndBetweenEnginesIsFound() throws Exception {
    ContainerId id = engine.run("c1");
    engine.crash();
    engine.process(id).print("last words\n");
    engine.process(id).exit(9);
    engine = new TestEngine(machine);
    engine.awaitStatus(id, Status.EXITED);
    assertEquals(9, engine.inspect(id).state().exitCode());
    assertEquals("last words\n", machine.log.text(id.hex()));
    engine.manager.start("c1");
    assertEquals("10.99.0.2", engine.inspect(id).networks().get("bridge").ipAddress());
  }

  @Test
  void addressesOfRunningContainersAreNotGivenAgain() throws Exception {
    ContainerId one = engine.run("c1");
    again();
    ContainerId two = engine.run("c2");
    assertEquals("10.99.0.2", engine.inspect(one).networks().get("bridge").ipAddress());
    assertEquals("10.99.0.3", engine.inspect(two).networks().get("bridge").ipAddress());
  }

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
      engine.create("c1", AdoptionTest::anonymous, host -> {});
      crashAt(
          machine.storage.trouble(),
          "remove",
          () -> engine.manager.remove("c1", false, withVolumes));
      engine.drivers.bindRootFiles(empty);
      assertEquals(List.of(), engine.queries.list(true, 0, false, Map.of()));
      int left = withVolumes ? 0 : 1;
      TestEngine.await(left + " volumes", () -> volumes() == left);
    }
    engine.create("c2", AdoptionTest::anonymous, host -> {});
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
    Thread start = new Thread(() -> startQuietly("c1"));
    start.setDaemon(true);
    start.start();
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
  void aRebootStartsWhatThePolicySays() throws Exception {
    ContainerId always = engine.run("c1", h -> h.restartPolicy = new RestartPolicy("always", 0));
    ContainerId stopped =
        engine.run("c2", h -> h.restartPolicy = new RestartPolicy("unless-stopped", 0));
    ContainerId unless =
        engine.run("c3", h -> h.restartPolicy = new RestartPolicy("unless-stopped", 0));
    ContainerId no = engine.run("c4");
    ContainerId removed = engine.run("c5", h -> h.autoRemove = true);
    engine.manager.stop("c1", null, null);
    engine.manager.stop("c2", null, null);
    engine.crash();
    for (ContainerId id : machine.host.containers()) {
      machine.isolation.adopt(Set.of());
      ContainerStore.deleteTree(engine.directories.running(id));
    }
    machine.isolation = new FakeIsolation("linux", machine.host);
    engine = new TestEngine(machine);
    engine.awaitStatus(always, Status.RUNNING);
    engine.awaitStatus(unless, Status.RUNNING);
    assertEquals(Status.EXITED, engine.status(stopped));
    assertEquals(Status.EXITED, engine.status(no));
    assertEquals(255, engine.inspect(no).state().exitCode());
    TestEngine.await("removed", () -> !engine.exists(removed));
  }

  @Test
  void aDamagedFileHidesOneContainerAndDeletesNothing() throws Exception {
    ContainerId id = engine.run("c1");
    ContainerId other = engine.run("c2");
    engine.crash();
    Files.writeString(engine.directories.container(id).resolve("config.json"), "{");
    engine = new TestEngine(machine);
    awaitAdopted();
    engine.awaitStatus(other, Status.RUNNING);
    assertFalse(engine.exists(id));
    assertTrue(engine.events.stream().anyMatch(e -> e.action().equals("state_damaged")));
    TestEngine.await("swept", () -> machine.storage.trouble().calls().contains("walk"));
    engine.create("c3");
    assertTrue(machine.storage.keys().contains(ContainerRecord.snapshotKey(id)));
    assertTrue(machine.host.containers().contains(id));
    assertTrue(Files.exists(engine.directories.container(id).resolve("config.json.damaged-0")));
  }

  @Test
  void twoContainersOfOneNameAreBothThere() throws Exception {
    ContainerId one = engine.create("c1");
    ContainerId two = engine.create("c2");
    engine.crash();
    Path file = engine.directories.container(two).resolve("config.json");
    Files.writeString(file, Files.readString(file).replace("\"c2\"", "\"c1\""));
    engine = new TestEngine(machine);
    assertTrue(engine.exists(one));
    assertTrue(engine.exists(two));
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
    Thread start = new Thread(() -> startQuietly("c1"));
    start.start();
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

  private void startQuietly(String name) {
    try {
      engine.manager.start(name);
    } catch (IOException | RuntimeException refused) {
      // the driver it was begun with has gone
    }
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
    engine.networks.create(
        new NetworkRequest(
            "n", "", false, false, null, null, "", Map.of(), List.of(), Map.of(), Map.of()));
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
