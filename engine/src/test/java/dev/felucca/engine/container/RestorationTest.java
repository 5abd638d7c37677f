package dev.felucca.engine.container;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.container.ContainerState.Status;
import dev.felucca.kernel.container.RestartPolicy;
import dev.felucca.tck.fake.FakeIsolation;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What an engine finds written of the containers of an earlier one. */
class RestorationTest extends OnTestEngine {
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
  void whatIsToBeRemovedWithItsEndWaitsForItsStorageDriver() throws Exception {
    ContainerId removed = engine.run("c1", h -> h.autoRemove = true);
    engine.crash();
    machine.isolation.adopt(Set.of());
    ContainerStore.deleteTree(engine.directories.running(removed));
    machine.isolation = new FakeIsolation("linux", machine.host);
    engine = new TestEngine(machine, false);
    engine.bindAll();
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
    ContainerId next = engine.run("c3");
    // What the hidden one has is in use.
    assertEquals("10.99.0.4", engine.inspect(next).networks().get("bridge").ipAddress());
    assertTrue(machine.storage.keys().contains(ContainerRecord.snapshotKey(id)));
    assertTrue(machine.host.containers().contains(id));
    assertTrue(Files.exists(engine.directories.container(id).resolve("config.json.damaged-0")));
  }

  @Test
  void aRunWhoseFileIsDamagedGoesOn() throws Exception {
    ContainerId id = engine.run("c1");
    for (String content : List.of("", "{", "\u00e9")) {
      engine.crash();
      Path run = engine.directories.running(id).resolve("run.json");
      Files.write(run, content.getBytes(StandardCharsets.ISO_8859_1));
      engine = new TestEngine(machine);
      awaitAdopted();
      assertEquals(Status.RUNNING, engine.status(id));
      assertEquals("10.99.0.2", engine.inspect(id).networks().get("bridge").ipAddress());
      assertTrue(machine.host.containers().contains(id));
    }
    engine.process(id).exit(9);
    engine.awaitStatus(id, Status.EXITED);
    assertEquals(9, engine.inspect(id).state().exitCode());
    again();
    assertEquals(Status.EXITED, engine.status(id));
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
}
