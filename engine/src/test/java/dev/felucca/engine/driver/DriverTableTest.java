package dev.felucca.engine.driver;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.kernel.Driver;
import dev.felucca.kernel.EngineException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class DriverTableTest {
  private final DriverTable<Driver> table = new DriverTable<>("storage", Duration.ofSeconds(20));

  private static Driver driver(String name) {
    return () -> name;
  }

  @Test
  void aMissingDriverIsNamed() {
    EngineException e =
        assertThrows(EngineException.class, () -> table.use("overlay", Driver::name));
    assertEquals(EngineException.Kind.UNAVAILABLE, e.kind());
    assertTrue(e.getMessage().contains("storage driver overlay is not available"));
  }

  @Test
  void oneThatIsBoundTwiceIsGoneWhenItGoes() {
    Driver driver = driver("overlay");
    table.bind(driver);
    table.bind(driver);
    table.unbind(driver);
    assertFalse(table.has("overlay"));
  }

  @Test
  void oneThatCannotWorkHereSaysWhy() {
    table.bind(
        new Driver() {
          @Override
          public String name() {
            return "overlay";
          }

          @Override
          public Optional<String> unusable() {
            return Optional.of("the kernel has no overlay");
          }
        });
    assertFalse(table.usable("overlay"));
    EngineException e =
        assertThrows(EngineException.class, () -> table.use("overlay", Driver::name));
    assertTrue(e.getMessage().contains("the kernel has no overlay"));
  }

  @Test
  void whoComesIsGreetedOnceAndBeforeAnybodyElseCalls() throws Exception {
    List<String> told = new ArrayList<>();
    table.bind(driver("early"));
    Runnable end = table.greetEach(told::add);
    table.bind(driver("late"));
    assertEquals(List.of("early", "late"), told);
    for (String name : told) {
      CompletableFuture<String> used =
          CompletableFuture.supplyAsync(
              () -> assertDoesNotThrow(() -> table.use(name, d -> "used")));
      assertEquals("asked", table.ask(name, d -> "asked"));
      assertFalse(used.isDone());
      assertEquals(
          Optional.of("greeted"),
          table.greet(
              name,
              d -> {
                assertEquals(Optional.empty(), table.greet(name, again -> "greeted"));
                assertFalse(used.isDone());
                return "greeted";
              }));
      assertEquals("used", used.get(20, TimeUnit.SECONDS));
    }
    end.run();
    assertEquals("used", table.use("early", d -> "used"));
    table.greetEach(told::add);
    assertEquals(Optional.of("anew"), table.greet("early", d -> "anew"));
  }

  @Test
  void oneThatIsNeverGreetedIsNotWaitedForForEver() {
    DriverTable<Driver> hasty = new DriverTable<>("isolation", Duration.ofMillis(20));
    hasty.greetEach(name -> {});
    hasty.bind(driver("linux"));
    EngineException e = assertThrows(EngineException.class, () -> hasty.use("linux", Driver::name));
    assertEquals(EngineException.Kind.UNAVAILABLE, e.kind());
    assertThrows(
        IOException.class,
        () ->
            hasty.greet(
                "linux",
                d -> {
                  throw new IOException("trouble");
                }));
    assertEquals("linux", assertDoesNotThrow(() -> hasty.use("linux", Driver::name)));
  }

  @Test
  void goingWaitsForTheCallsThatAreIn() throws Exception {
    Driver driver = driver("overlay");
    table.bind(driver);
    CountDownLatch in = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    CompletableFuture<Void> call =
        CompletableFuture.runAsync(
            () -> {
              try {
                table.run(
                    "overlay",
                    d -> {
                      in.countDown();
                      await(go);
                    });
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
    in.await();
    CompletableFuture<Void> gone = CompletableFuture.runAsync(() -> table.unbind(driver));
    while (table.has("overlay")) {
      Thread.onSpinWait();
    }
    assertThrows(EngineException.class, () -> table.use("overlay", Driver::name));
    assertFalse(gone.isDone());
    go.countDown();
    gone.get(10, TimeUnit.SECONDS);
    call.get(10, TimeUnit.SECONDS);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aCallThatHangsDoesNotHoldTheDriverForEver() {
    DriverTable<Driver> hasty = new DriverTable<>("storage", Duration.ofMillis(10));
    Driver driver = driver("overlay");
    hasty.bind(driver);
    CountDownLatch in = new CountDownLatch(1);
    CountDownLatch never = new CountDownLatch(1);
    CompletableFuture<Void> call =
        CompletableFuture.runAsync(
            () -> {
              try {
                hasty.run(
                    "overlay",
                    d -> {
                      in.countDown();
                      await(never);
                    });
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
    await(in);
    hasty.unbind(driver);
    assertFalse(call.isDone());
    never.countDown();
  }

  @Test
  void theNewestOfOneNameIsUsedAndTheOtherComesBack() throws Exception {
    Driver old = driver("overlay");
    Driver next = driver("overlay");
    table.bind(old);
    table.bind(next);
    assertTrue(table.<Boolean>use("overlay", d -> d == next));
    table.unbind(next);
    assertTrue(table.<Boolean>use("overlay", d -> d == old));
  }

  @Test
  void comingAndGoingIsTold() {
    List<String> told = new ArrayList<>();
    Driver driver = driver("overlay");
    Runnable arrivals = table.onArrival(name -> told.add("+" + name));
    Runnable departures = table.onDeparture(name -> told.add("-" + name));
    table.bind(driver);
    table.unbind(driver);
    arrivals.run();
    departures.run();
    table.bind(driver);
    table.unbind(driver);
    assertEquals(List.of("+overlay", "-overlay"), told);
  }
}
