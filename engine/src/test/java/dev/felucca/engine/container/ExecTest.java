package dev.felucca.engine.container;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.ContainerState.Status;
import dev.felucca.kernel.container.ExecManager.ExecConfig;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ExecTest extends OnTestEngine {
  private static final ExecConfig LS =
      new ExecConfig(
          List.of("ls", "-l"), List.of(), "", "", false, false, false, true, true, "", null);

  private ContainerId id;
  private final Listener listener = new Listener();

  @BeforeEach
  void begin() throws IOException {
    id = engine.run("c1");
  }

  @Test
  void itsOutputAndExitCodeAreTold() throws Exception {
    String exec = engine.execs.create("c1", LS);
    engine.execs.start(exec, null, listener);
    machine.host.exec(exec).print("a\n");
    machine.host.exec(exec).exit(3);
    TestEngine.await("the end", () -> listener.isOver());
    assertEquals("a\n", listener.text());
    assertEquals(3, engine.execs.inspect(exec).exitCode());
    assertFalse(engine.execs.inspect(exec).running());
    engine.awaitActions(
        "create",
        "network connect",
        "start",
        "exec_create: ls -l",
        "exec_start: ls -l",
        "exec_die");
    EngineException e =
        assertThrows(EngineException.class, () -> engine.execs.start(exec, null, listener));
    assertEquals(EngineException.Kind.CONFLICT, e.kind());
  }

  @Test
  void wordsWithANulAreRefusedBeforeAnythingIsMade() {
    ExecConfig odd =
        new ExecConfig(
            List.of("ls", "a\0b"), List.of(), "", "", false, false, false, true, true, "", null);
    EngineException e = assertThrows(EngineException.class, () -> engine.execs.create("c1", odd));
    assertEquals(EngineException.Kind.INVALID, e.kind());
    for (String word : List.of("\0", "A=\0")) {
      e =
          assertThrows(
              EngineException.class,
              () ->
                  engine.create(
                      "c2",
                      config -> {
                        if (word.startsWith("A")) config.env = List.of(word);
                        else config.entrypoint = List.of(word);
                      },
                      host -> {}));
      assertEquals(EngineException.Kind.INVALID, e.kind());
    }
  }

  @Test
  void aProgramThatIsNotThereIs127() {
    String exec = engine.execs.create("c1", LS);
    machine
        .isolation
        .trouble()
        .at(
            "exec",
            () -> {
              throw new EngineException(
                  EngineException.Kind.INVALID, "exec: \"ls\": executable file not found in $PATH");
            });
    EngineException e =
        assertThrows(EngineException.class, () -> engine.execs.start(exec, null, listener));
    assertEquals(EngineException.Kind.INVALID, e.kind());
    assertEquals(127, engine.execs.inspect(exec).exitCode());
  }

  @Test
  void itEndsForItsClientWhenItsDriverGoes() throws Exception {
    String exec = engine.execs.create("c1", LS);
    engine.execs.start(exec, null, listener);
    engine.drivers.unbindIsolation(machine.isolation);
    machine.isolation.close();
    TestEngine.await("the end", () -> listener.isOver());
    assertEquals(ExecSession.LOST, engine.execs.inspect(exec).exitCode());
  }

  /** Else a container that runs for long would have one more for each exec there was. */
  @Test
  void nothingIsKeptOfItInTheContainerAfterwards() throws Exception {
    ExecService execs = new ExecService(engine.core, Duration.ofMillis(1));
    Waiters waiters = engine.core.index.resolve("c1").waiters();
    String exec = execs.create("c1", LS);
    assertEquals(1, waiters.count());
    execs.start(exec, null, listener);
    machine.host.exec(exec).exit(0);
    TestEngine.await("forgotten", () -> waiters.count() == 0);
    assertThrows(EngineException.class, () -> execs.inspect(exec));
  }

  @Test
  void itIsForgottenWithItsContainer() throws Exception {
    String exec = engine.execs.create("c1", LS);
    engine.manager.remove("c1", true, false);
    TestEngine.await(
        "forgotten",
        () -> {
          try {
            engine.execs.inspect(exec);
            return false;
          } catch (EngineException e) {
            return e.kind() == EngineException.Kind.NOT_FOUND;
          }
        });
  }

  @Test
  void itNeedsARunningContainer() throws Exception {
    engine.manager.pause("c1");
    EngineException paused =
        assertThrows(EngineException.class, () -> engine.execs.create("c1", LS));
    assertEquals(EngineException.Kind.CONFLICT, paused.kind());
    assertTrue(paused.getMessage().contains("is paused, unpause the container before exec"));
    engine.manager.stop("c1", null, null);
    engine.awaitStatus(id, Status.EXITED);
    EngineException stopped =
        assertThrows(EngineException.class, () -> engine.execs.create("c1", LS));
    assertTrue(stopped.getMessage().endsWith("is not running"));
  }
}
