package dev.felucca.engine.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.engine.driver.DriverTable;
import dev.felucca.kernel.Driver;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class DriverSurveyTest {
  private final DriverTable<Driver> table = new DriverTable<>("storage", Duration.ofMillis(1));
  private final CountDownLatch released = new CountDownLatch(1);
  private final AtomicInteger asked = new AtomicInteger();

  private final Driver hanging =
      new Driver() {
        @Override
        public String name() {
          return "hanging";
        }

        @Override
        public Map<String, String> status() {
          asked.incrementAndGet();
          try {
            released.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
          return Map.of("Hangs", "no longer");
        }
      };

  private static Driver well() {
    return new Driver() {
      @Override
      public String name() {
        return "well";
      }

      @Override
      public Map<String, String> status() {
        return Map.of("Is", "well");
      }
    };
  }

  @AfterEach
  void release() {
    released.countDown();
  }

  @Test
  void oneThatHangsIsNamedAndTheOthersAnswer() {
    table.bind(hanging);
    table.bind(well());
    try (DriverSurvey survey = new DriverSurvey(List.of(table), Duration.ofMillis(1100))) {
      var found = survey.of(table);
      assertEquals(Optional.of("it has not answered for 1 s"), found.get("hanging").unusable());
      assertEquals(Map.of("Is", "well"), found.get("well").status());
    }
  }

  @Test
  void oneThatHangsIsNotAskedAgainUntilItHasAnswered() {
    table.bind(hanging);
    try (DriverSurvey survey = new DriverSurvey(List.of(table), Duration.ofMillis(50))) {
      for (int round = 0; round < 3; round++) {
        assertTrue(survey.of(table).get("hanging").unusable().isPresent());
      }
      assertEquals(1, asked.get());
      released.countDown();
      while (survey.of(table).get("hanging").unusable().isPresent()) {
        Thread.onSpinWait();
      }
      assertEquals(Map.of("Hangs", "no longer"), survey.of(table).get("hanging").status());
    }
  }

  @Test
  void anotherUnderTheSameNameIsAskedAtOnce() {
    table.bind(hanging);
    try (DriverSurvey survey = new DriverSurvey(List.of(table), Duration.ofSeconds(1))) {
      assertTrue(survey.of(table).get("hanging").unusable().isPresent());
      table.bind(() -> "hanging");
      assertEquals(Optional.empty(), survey.of(table).get("hanging").unusable());
    }
  }

  @Test
  void oneThatFailsSaysHow() {
    table.bind(
        new Driver() {
          @Override
          public String name() {
            return "broken";
          }

          @Override
          public Map<String, String> status() {
            throw new IllegalStateException("no heart");
          }
        });
    try (DriverSurvey survey = new DriverSurvey(List.of(table), Duration.ofSeconds(20))) {
      String why = survey.of(table).get("broken").unusable().orElseThrow();
      assertTrue(why.contains("no heart"), why);
    }
  }
}
