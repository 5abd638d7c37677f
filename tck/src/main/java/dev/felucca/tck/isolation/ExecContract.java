package dev.felucca.tck.isolation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.isolation.ConsoleSize;
import dev.felucca.kernel.isolation.ContainerSpec;
import dev.felucca.kernel.isolation.ExecSpec;
import dev.felucca.kernel.isolation.OutputStreamKind;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** What an isolation driver must do with further processes in a container. */
@NullUnmarked
public interface ExecContract extends IsolationFixture {
  @Test
  default void anExecSeesTheContainerAndSaysHowItEnded() throws Exception {
    ContainerSpec spec = spec().run("sleep", "1000").build();
    start(spec);
    CollectingSink sink = new CollectingSink();
    String execId = ContainerId.randomHex();
    int pid =
        driver()
            .exec(
                spec.id(),
                new ExecSpec(
                    execId,
                    spec().shell("hostname; id -u; echo bad >&2; exit 9").user("anna").process(),
                    false,
                    false),
                sink);
    assertTrue(pid > 1);
    assertEquals(
        9, driver().exitOfExec(execId).toCompletableFuture().get(30, TimeUnit.SECONDS).code());
    assertEquals("box\n1000\n", sink.all());
    assertEquals("bad\n", sink.text(OutputStreamKind.STDERR));
    EngineException refusal =
        assertThrows(
            EngineException.class,
            () ->
                driver()
                    .exec(
                        spec.id(),
                        new ExecSpec(
                            ContainerId.randomHex(), spec().run("nothere").process(), false, false),
                        new CollectingSink()));
    assertEquals("exec: \"nothere\": executable file not found in $PATH", refusal.getMessage());
    EngineException nowhere =
        assertThrows(
            EngineException.class,
            () ->
                driver()
                    .exec(
                        spec.id(),
                        new ExecSpec(
                            ContainerId.randomHex(),
                            spec().workingDir("/nowhere").process(),
                            false,
                            false),
                        new CollectingSink()));
    assertEquals(
        "chdir to cwd (\"/nowhere\") set in config.json failed: no such file or directory",
        nowhere.getMessage());
    // It may be on its way out yet.
    IsolationFixture.await(() -> driver().processes(spec.id()).size() == 1);
  }

  @Test
  default void anExecHasATerminalAndInput() throws Exception {
    ContainerSpec spec = spec().run("sleep", "1000").build();
    start(spec);
    CollectingSink sink = new CollectingSink();
    String execId = ContainerId.randomHex();
    driver()
        .exec(
            spec.id(),
            new ExecSpec(
                execId,
                spec()
                    .shell("tty; read line; echo got $line")
                    .tty(new ConsoleSize(30, 90))
                    .process(),
                false,
                true),
            sink);
    driver().writeExecInput(execId, IsolationFixture.bytes("that\n"));
    sink.await(text -> text.contains("got that"));
    sink.all();

    CollectingSink plain = new CollectingSink();
    String other = ContainerId.randomHex();
    driver().exec(spec.id(), new ExecSpec(other, spec().run("cat").process(), false, true), plain);
    driver().writeExecInput(other, IsolationFixture.bytes("piped"));
    driver().closeExecInput(other);
    assertEquals("piped", plain.all());
    assertEquals(
        0, driver().exitOfExec(other).toCompletableFuture().get(30, TimeUnit.SECONDS).code());
  }

  @Test
  default void anExecThatEndsAtOnceLosesNothing() throws Exception {
    ContainerSpec spec = spec().run("sleep", "1000").build();
    start(spec);
    for (int i = 0; i < 20; i++) {
      SpecBuilder process = spec().run("echo", "quick");
      if (i % 2 == 0) {
        process.tty(null);
      }
      CollectingSink sink = new CollectingSink();
      String execId = ContainerId.randomHex();
      driver().exec(spec.id(), new ExecSpec(execId, process.process(), false, false), sink);
      assertEquals("quick", sink.all().strip());
      assertEquals(
          0, driver().exitOfExec(execId).toCompletableFuture().get(30, TimeUnit.SECONDS).code());
    }
  }
}
