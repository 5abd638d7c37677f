package dev.felucca.engine.container;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.engine.stream.OutputHub;
import dev.felucca.engine.work.Workers;
import dev.felucca.kernel.isolation.OutputPositions;
import dev.felucca.kernel.isolation.OutputSink;
import dev.felucca.kernel.isolation.OutputStreamKind;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DrainTest {
  private final Workers workers = new Workers();
  private final OutputHub hub = new OutputHub("c1", workers.serial());
  private final OutputSink sink = hub.begin(null, OutputPositions.START);
  private final Deque<Runnable> due = new ArrayDeque<>();
  private final CompletableFuture<Void> cancelled = new CompletableFuture<>();
  private long written;

  @AfterEach
  void end() {
    workers.close();
  }

  private Future<?> later(Duration delay, Runnable task) {
    assertEquals(Drain.TURN, delay);
    due.add(task);
    return cancelled;
  }

  private void timePasses() {
    due.remove().run();
  }

  private void outputComes() throws Exception {
    sink.accept(OutputStreamKind.STDOUT, written, ByteBuffer.wrap(new byte[10]))
        .toCompletableFuture()
        .get(30, TimeUnit.SECONDS);
    written += 10;
  }

  @Test
  void isOverAtOnceWhereNothingIsLeft() throws Exception {
    sink.ended();
    hub.drained().toCompletableFuture().get(30, TimeUnit.SECONDS);
    assertTrue(Drain.of(hub, this::later).isDone());
    assertTrue(due.isEmpty());
  }

  @Test
  void waitsAsLongAsOutputComes() throws Exception {
    CompletableFuture<Void> over = Drain.of(hub, this::later);
    for (int turn = 0; turn < 5; turn++) {
      outputComes();
      timePasses();
      assertFalse(over.isDone());
    }
    sink.ended();
    over.get(30, TimeUnit.SECONDS);
    assertTrue(cancelled.isCancelled());
  }

  @Test
  void givesUpWhatDoesNotGetOn() throws Exception {
    CompletableFuture<Void> over = Drain.of(hub, this::later);
    outputComes();
    for (int turn = 0; turn < Drain.IDLE_TURNS; turn++) {
      timePasses();
      assertFalse(over.isDone());
    }
    timePasses();
    assertTrue(over.isDone());
  }

  /** As one that was stopped for a while is late once, and then in time again. */
  @Test
  void isNotOverForOneTurnInWhichNothingCame() throws Exception {
    CompletableFuture<Void> over = Drain.of(hub, this::later);
    for (int round = 0; round < 5; round++) {
      timePasses();
      outputComes();
      timePasses();
      assertFalse(over.isDone());
    }
  }

  @Test
  void givesUpWhatNeverEnds() throws Exception {
    CompletableFuture<Void> over = Drain.of(hub, this::later);
    for (int turn = 1; turn < Drain.TURNS; turn++) {
      outputComes();
      timePasses();
      assertFalse(over.isDone());
    }
    outputComes();
    timePasses();
    assertTrue(over.isDone());
  }
}
