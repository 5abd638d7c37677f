package dev.felucca.tck.isolation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.isolation.ContainerSpec;
import dev.felucca.kernel.isolation.ExecSpec;
import dev.felucca.kernel.isolation.ExitStatus;
import dev.felucca.kernel.isolation.OutputPositions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** What an isolation driver must do with containers that an earlier one, or engine, made. */
@NullUnmarked
public interface SuccessionContract extends IsolationFixture {
  @Test
  default void aSuccessorTakesOverWhatRunsAndWhatEnded() throws Exception {
    ContainerSpec running = spec().shell("read x; echo got $x; exit 3").openStdin().build();
    ContainerSpec ending = spec().shell("echo last; exit 4").build();
    start(running);
    create(ending);
    driver().start(ending.id());
    CompletableFuture<ExitStatus> old = driver().exitOf(running.id()).toCompletableFuture();
    succeed();
    assertThrows(Exception.class, () -> old.get(30, TimeUnit.SECONDS));
    assertEquals(
        Set.of(running.id(), ending.id()), driver().adopt(Set.of(running.id(), ending.id())));
    CollectingSink last = new CollectingSink();
    driver().follow(ending.id(), OutputPositions.START, last);
    assertEquals("last\n", last.all());
    assertEquals(4, exit(ending.id()).code());
    CollectingSink sink = new CollectingSink();
    driver().follow(running.id(), OutputPositions.START, sink);
    CollectingSink exec = new CollectingSink();
    driver()
        .exec(
            running.id(),
            new ExecSpec(ContainerId.randomHex(), spec().run("hostname").process(), false, false),
            exec);
    assertEquals("box\n", exec.all());
    driver().writeInput(running.id(), IsolationFixture.bytes("it\n"));
    assertEquals("got it\n", sink.all());
    assertEquals(3, exit(running.id()).code());
  }

  @Test
  default void theNextEngineOfADriverThatStayedFindsWhatRuns() throws Exception {
    ContainerSpec spec = spec().shell("read x; exit 3").openStdin().build();
    start(spec);
    assertEquals(Set.of(spec.id()), driver().adopt(Set.of(spec.id(), ContainerId.random())));
    driver().writeInput(spec.id(), IsolationFixture.bytes("go\n"));
    assertEquals(3, exit(spec.id()).code());
  }

  @Test
  default void aSuccessorRemovesWhatNobodyKnows() throws Exception {
    ContainerSpec spec = spec().run("sleep", "1000").build();
    int pid = create(spec).pid();
    driver().start(spec.id());
    succeed();
    assertEquals(Set.of(), driver().adopt(Set.of()));
    IsolationFixture.await(() -> !Files.exists(Path.of("/proc/" + pid)));
    assertEquals(
        EngineException.Kind.NOT_FOUND,
        assertThrows(EngineException.class, () -> driver().signal(spec.id(), 0)).kind());
  }
}
