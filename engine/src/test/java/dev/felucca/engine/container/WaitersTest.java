package dev.felucca.engine.container;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.engine.work.Workers;
import dev.felucca.kernel.container.ContainerManager.WaitResult;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WaitersTest {
  private final Workers workers = new Workers();
  private final Waiters waiters = new Waiters(workers);

  @AfterEach
  void end() {
    workers.close();
  }

  private static <T> T get(Future<T> future) throws Exception {
    return future.get(10, TimeUnit.SECONDS);
  }

  @Test
  void nothingIsKeptOfAClientThatNoLongerWaits() throws Exception {
    CompletableFuture<WaitResult> stays = waiters.awaitExit();
    for (int i = 0; i < 100; i++) {
      waiters.awaitExit().cancel(false);
      waiters.awaitRemoval().cancel(false);
    }
    assertEquals(1, waiters.count());
    waiters.ended(3);
    assertEquals(3, get(stays).exitCode(), "whom another's cancel does not concern");
  }

  @Test
  void anEndIsToldOnceAndARemovalToAll() throws Exception {
    CompletableFuture<WaitResult> first = waiters.awaitExit();
    CompletableFuture<WaitResult> removal = waiters.awaitRemoval();
    waiters.ended(1);
    assertEquals(1, get(first).exitCode());
    CompletableFuture<WaitResult> second = waiters.awaitExit();
    assertFalse(second.isDone());
    waiters.gone(2, "removed");
    assertEquals(2, get(second).exitCode());
    assertEquals(2, get(removal).exitCode());
    assertEquals(2, get(waiters.awaitRemoval()).exitCode(), "who comes later");
    assertThrows(ExecutionException.class, () -> get(waiters.started()));
  }

  @Test
  void whoWaitsHearsThatTheEngineGoes() {
    CompletableFuture<WaitResult> exit = waiters.awaitExit();
    waiters.disappoint("the engine is going down");
    ExecutionException told = assertThrows(ExecutionException.class, () -> get(exit));
    assertTrue(String.valueOf(told.getMessage()).contains("going down"), told.toString());
    assertThrows(ExecutionException.class, () -> get(waiters.awaitExit()));
  }

  /** The word of a begin may come late: it must not be taken for the next run's. */
  @Test
  void aRunThatEndsAtOnceIsNotTheNextOne() throws Exception {
    CompletableFuture<Void> first = waiters.started();
    waiters.begun();
    waiters.idle();
    get(first);
    assertFalse(waiters.started().isDone());
    waiters.idle(); // a start that came to nothing
    CompletableFuture<Void> second = waiters.started();
    waiters.begun();
    get(second);
  }
}
