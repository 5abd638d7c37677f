package dev.felucca.engine.container;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.engine.stream.OutputHub;
import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.Attachment;
import dev.felucca.kernel.container.ContainerState.Status;
import dev.felucca.kernel.isolation.OutputPositions;
import dev.felucca.kernel.isolation.OutputSink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class StreamsTest extends OnTestEngine {
  private final Listener listener = new Listener();

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(UTF_8));
  }

  @Test
  void aClientThatComesBeforeTheStartHearsAll() throws Exception {
    ContainerId id = engine.create("c1");
    engine.streams.attach("c1", Listener.OUTPUT, listener);
    engine.manager.start("c1");
    engine.process(id).print("one\ntwo");
    engine.process(id).exit(0);
    TestEngine.await("the end", () -> listener.isOver());
    assertEquals("one\ntwo", listener.text());
    engine.awaitStatus(id, Status.EXITED);
    assertEquals("one\ntwo", machine.log.text(id.hex()));
  }

  @Test
  void aFailedStartIsAnEndForClients() throws Exception {
    engine.create("c1");
    engine.streams.attach("c1", Listener.OUTPUT, listener);
    machine.isolation.trouble().fail("start", "no such luck");
    assertThrows(EngineException.class, () -> engine.manager.start("c1"));
    TestEngine.await("the end", () -> listener.isOver());
  }

  @Test
  void whoComesAfterTheLastOutputHearsTheEndToo() throws Exception {
    OutputHub hub = new OutputHub("c1", engine.core.workers.serial());
    OutputSink sink = hub.begin(null, OutputPositions.START);
    Listener early = new Listener();
    hub.join(early, true, true);
    sink.ended();
    TestEngine.await("the end", () -> early.isOver());
    hub.join(listener, true, true);
    assertTrue(listener.isOver());
    hub.close();
    Listener next = new Listener();
    hub.join(next, true, true);
    assertFalse(next.isOver(), "who comes after the run waits for the next");
  }

  @Test
  void logsThenOutputWithNothingLostOrDoubled() throws Exception {
    ContainerId id = engine.run("c1");
    StringBuilder all = new StringBuilder();
    // It must not end before the client is there, who would wait for the next run.
    CompletableFuture<Void> attached = new CompletableFuture<>();
    Thread printer =
        new Thread(
            () -> {
              for (int n = 0; n < 3000; n++) {
                engine.process(id).print("line " + n + (n % 3 == 0 ? "" : "\n"));
              }
              attached.join();
              engine.process(id).exit(0);
            });
    for (int n = 0; n < 3000; n++) {
      all.append("line ").append(n).append(n % 3 == 0 ? "" : "\n");
    }
    printer.start();
    TestEngine.await("some output", () -> machine.log.text(id.hex()).length() > 5000);
    engine.streams.attach("c1", Listener.WITH_LOGS, listener);
    attached.complete(null);
    printer.join();
    TestEngine.await("the end", () -> listener.isOver());
    assertEquals(all.toString(), listener.text());
    engine.awaitStatus(id, Status.EXITED);
    assertEquals(all.toString(), machine.log.text(id.hex()));
  }

  @Test
  void aSlowClientSlowsItsContainerUntilThatEnds() throws Exception {
    ContainerId id = engine.run("c1");
    listener.turnSlow();
    engine.streams.attach("c1", Listener.OUTPUT, listener);
    String line = "x".repeat(1023) + "\n";
    engine.process(id).print(line.repeat(1024));
    TestEngine.await("the log", () -> machine.log.text(id.hex()).length() > 256 * 1024);
    int held = machine.log.text(id.hex()).length();
    assertTrue(held < 512 * 1024, "held back at " + held);
    engine.process(id).exit(0);
    engine.awaitStatus(id, Status.EXITED);
    assertEquals(1024 * 1024, machine.log.text(id.hex()).length());
    listener.goOn();
    TestEngine.await("the end", () -> listener.isOver());
    assertEquals(1024 * 1024, listener.text().length());
  }

  @Test
  void aPipeThatSomebodyElseHoldsDoesNotHoldTheEnd() throws Exception {
    ContainerId id = engine.run("c1");
    engine.streams.attach("c1", Listener.OUTPUT, listener);
    engine.process(id).holdOutput(true);
    engine.process(id).exit(3);
    TestEngine.await("the end", Duration.ofSeconds(20), () -> engine.status(id) == Status.EXITED);
    TestEngine.await("told", () -> listener.isOver());
  }

  @Test
  void inputWaitsForTheStartAndEndsWithItsClient() throws Exception {
    ContainerId id =
        engine.create(
            "c1",
            c -> {
              c.openStdin = true;
              c.stdinOnce = true;
            },
            h -> {});
    Attachment client = engine.streams.attach("c1", Listener.INPUT, listener);
    CompletableFuture<Void> written =
        CompletableFuture.runAsync(
            () -> {
              try {
                client.write(bytes("hello"));
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
    assertFalse(written.isDone());
    engine.manager.start("c1");
    written.get(10, TimeUnit.SECONDS);
    assertEquals("hello", engine.process(id).input());
    assertFalse(engine.process(id).inputClosed());
    client.close();
    TestEngine.await("closed", () -> engine.process(id).inputClosed());
    assertEquals(Status.RUNNING, engine.status(id));
  }

  @Test
  void inputForAStartThatNeverComesEndsWithItsClient() throws Exception {
    engine.create("c1", c -> c.openStdin = true, h -> {});
    Attachment client = engine.streams.attach("c1", Listener.INPUT, listener);
    CompletableFuture<Throwable> refused = new CompletableFuture<>();
    Thread writer =
        new Thread(
            () -> {
              try {
                client.write(bytes("hello"));
                refused.complete(new AssertionError("nobody was there to take it"));
              } catch (IOException | EngineException e) {
                refused.complete(e);
              }
            });
    writer.start();
    client.close();
    assertEquals(EngineException.class, refused.get(10, TimeUnit.SECONDS).getClass());
  }

  @Test
  void inputStaysOpenForTheNextClientUnlessItWasMadeForOne() throws Exception {
    ContainerId id = engine.create("c1", c -> c.openStdin = true, h -> {});
    engine.manager.start("c1");
    Attachment client = engine.streams.attach("c1", Listener.INPUT, listener);
    client.write(bytes("a"));
    client.close();
    engine.streams.attach("c1", Listener.INPUT, new Listener()).write(bytes("b"));
    assertEquals("ab", engine.process(id).input());
  }
}
