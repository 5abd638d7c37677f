package dev.felucca.engine.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AgreementsTest {
  private final Agreements agreements = new Agreements();
  private final List<String> told = new CopyOnWriteArrayList<>();

  private void agree(String driver) throws IOException {
    agreements.agree(driver, () -> told.add(driver));
  }

  @Test
  void eachComingIsToldOnce() throws IOException {
    agree("bridge");
    agree("bridge");
    agree("host");
    agreements.came("bridge");
    agree("bridge");
    agree("bridge");
    assertEquals(List.of("bridge", "host", "bridge"), told);
  }

  @Test
  void whoCouldNotBeToldIsToldTheNextTime() throws IOException {
    assertThrows(
        IOException.class,
        () ->
            agreements.agree(
                "bridge",
                () -> {
                  throw new IOException("no");
                }));
    agree("bridge");
    assertEquals(List.of("bridge"), told);
  }

  @Test
  void aDriverThatHangsStopsNeitherOthersNorTheOneThatComesInItsPlace() throws Exception {
    CountDownLatch reached = new CountDownLatch(1);
    CountDownLatch free = new CountDownLatch(1);
    CompletableFuture<Void> hung =
        CompletableFuture.runAsync(
            () -> {
              try {
                agreements.agree(
                    "bridge",
                    () -> {
                      reached.countDown();
                      await(free);
                      told.add("hung");
                    });
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    assertTrue(reached.await(10, TimeUnit.SECONDS));
    agree("host");
    agreements.came("bridge");
    agree("bridge");
    assertEquals(List.of("host", "bridge"), told);
    free.countDown();
    hung.get(10, TimeUnit.SECONDS);
    agree("bridge");
    assertEquals(List.of("host", "bridge", "hung"), told, "its successor has been told");
  }

  /** Who goes on with the driver finds one that knows what is there. */
  @Test
  void whoToldADriverThatHasGoneTellsItsSuccessorToo() throws IOException {
    agreements.agree(
        "bridge",
        () -> {
          told.add("bridge");
          if (told.size() == 1) {
            agreements.came("bridge");
          }
        });
    assertEquals(List.of("bridge", "bridge"), told);
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(30, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
