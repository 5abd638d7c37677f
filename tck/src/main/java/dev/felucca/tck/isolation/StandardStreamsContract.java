package dev.felucca.tck.isolation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.isolation.ConsoleSize;
import dev.felucca.kernel.isolation.ContainerSpec;
import dev.felucca.kernel.isolation.ExitStatus;
import dev.felucca.kernel.isolation.OutputPositions;
import dev.felucca.kernel.isolation.OutputSink;
import dev.felucca.kernel.isolation.OutputStreamKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** What an isolation driver must do with the input, output and terminal of a container. */
@NullUnmarked
public interface StandardStreamsContract extends IsolationFixture {
  @Test
  default void outputOfBothStreamsAndTheExitCodeArrive() throws Exception {
    ContainerSpec spec = spec().shell("echo out; echo err >&2; exit 7").build();
    CollectingSink sink = start(spec);
    assertEquals("out\n", sink.all());
    assertEquals("err\n", sink.text(OutputStreamKind.STDERR));
    ExitStatus status = exit(spec.id());
    assertEquals(7, status.code());
    assertFalse(status.oomKilled());
    Duration age = Duration.between(status.finished(), Instant.now());
    assertTrue(age.abs().compareTo(Duration.ofSeconds(30)) < 0, age.toString());
  }

  @Test
  default void standardInputIsReadToItsEnd() throws Exception {
    ContainerSpec spec = spec().run("cat").openStdin().build();
    CollectingSink sink = start(spec);
    driver().writeInput(spec.id(), IsolationFixture.bytes("hello\n"));
    sink.await(text -> text.equals("hello\n"));
    driver().writeInput(spec.id(), IsolationFixture.bytes("more\n"));
    driver().closeInput(spec.id());
    driver().closeInput(spec.id());
    assertEquals("hello\nmore\n", sink.all());
    assertEquals(0, exit(spec.id()).code());
    assertEquals(
        EngineException.Kind.CONFLICT,
        assertThrows(
                EngineException.class,
                () -> driver().writeInput(spec.id(), IsolationFixture.bytes("late")))
            .kind());
  }

  @Test
  default void withoutStandardInputItReadsAnEndAtOnce() throws Exception {
    assertEquals("0\n", run(spec().shell("cat | wc -c")));
  }

  @Test
  default void aTerminalIsTheContainersOwnAndHasItsSize() throws Exception {
    ContainerSpec spec =
        spec()
            .shell("tty; stty size; read line; echo got $line; stty size")
            .tty(new ConsoleSize(40, 132))
            .openStdin()
            .build();
    CollectingSink sink = start(spec);
    // What is typed is echoed at once, and would stand before an end of line that is still to come.
    sink.await(text -> text.endsWith("40 132\r\n"));
    driver().resize(spec.id(), new ConsoleSize(24, 80));
    driver().writeInput(spec.id(), IsolationFixture.bytes("this\n"));
    assertEquals("/dev/pts/0\r\n40 132\r\nthis\r\ngot this\r\n24 80\r\n", sink.all());
    assertEquals(0, exit(spec.id()).code());
  }

  @Test
  default void aTerminalsKeysBecomeSignals() throws Exception {
    ContainerSpec spec =
        spec()
            // Not one long sleep: the first of a namespace ignores what it has no trap for, and
            // the key may come before the sleep.
            .shell("trap 'exit 130' INT; echo up; while :; do usleep 10000; done")
            .tty(null)
            .openStdin()
            .build();
    CollectingSink sink = start(spec);
    sink.await(text -> text.endsWith("up\r\n"));
    driver().writeInput(spec.id(), IsolationFixture.bytes("\003"));
    assertEquals(130, exit(spec.id()).code());
    sink.all();
  }

  @Test
  default void aSlowSinkLosesNothing() throws Exception {
    ContainerSpec spec = spec().run("seq", "1", "300000").build();
    create(spec);
    CollectingSink sink = new CollectingSink();
    driver()
        .follow(
            spec.id(),
            OutputPositions.START,
            new OutputSink() {
              @Override
              public CompletionStage<OutputPositions> accept(
                  OutputStreamKind stream, long position, ByteBuffer bytes) {
                CompletionStage<OutputPositions> taken = sink.accept(stream, position, bytes);
                return CompletableFuture.supplyAsync(() -> taken).thenCompose(done -> done);
              }

              @Override
              public void ended() {
                sink.ended();
              }
            });
    driver().start(spec.id());
    StringBuilder expected = new StringBuilder();
    for (int i = 1; i <= 300000; i++) {
      expected.append(i).append('\n');
    }
    assertEquals(expected.toString(), sink.all());
  }

  @Test
  default void aLaterFollowerGetsWhatTheFirstHasNotDealtWith() throws Exception {
    ContainerSpec spec = spec().shell("echo one; sleep 1000").build();
    OutputPositions before = new OutputPositions(1000, 50);
    CompletableFuture<OutputPositions> offered = new CompletableFuture<>();
    create(spec);
    driver()
        .follow(
            spec.id(),
            before,
            new OutputSink() {
              @Override
              public CompletionStage<OutputPositions> accept(
                  OutputStreamKind stream, long position, ByteBuffer bytes) {
                offered.complete(new OutputPositions(position, 50));
                return new CompletableFuture<>(); // never deals with it
              }

              @Override
              public void ended() {}
            });
    driver().start(spec.id());
    assertEquals(before, offered.get(30, TimeUnit.SECONDS));
    OutputPositions later = new OutputPositions(1002, 50);
    CollectingSink second = new CollectingSink(later);
    driver().follow(spec.id(), later, second);
    second.await(text -> text.equals("e\n"));
  }

  /** It may be one client that writes, and another one that closes. */
  @Test
  default void aWriteThatWaitsIsReadBeforeTheEnd() throws Exception {
    int length = 200_000; // more than a pipe holds
    ContainerSpec spec = spec().shell("read go; wc -c").openStdin().build();
    CollectingSink sink = start(spec);
    ByteBuffer all = ByteBuffer.wrap(("\n" + "x".repeat(length)).getBytes(StandardCharsets.UTF_8));
    driver().pause(spec.id());
    CompletableFuture<Void> write =
        CompletableFuture.runAsync(
            () -> {
              try {
                driver().writeInput(spec.id(), all);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    IsolationFixture.await(() -> all.position() >= 1 << 16); // the pipe is full
    driver().closeInput(spec.id());
    driver().resume(spec.id());
    write.get(30, TimeUnit.SECONDS);
    assertEquals(length + "\n", sink.all());
  }
}
