package dev.felucca.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.felucca.rest.json.GoTime;
import dev.felucca.rest.json.HumanDuration;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class TimesTest {
  @Test
  void fractionsLoseTheirTrailingZeros() {
    assertEquals("2026-01-02T03:04:05Z", GoTime.nano(Instant.parse("2026-01-02T03:04:05Z")));
    assertEquals("2026-01-02T03:04:05.1Z", GoTime.nano(Instant.parse("2026-01-02T03:04:05.100Z")));
    assertEquals(
        "2026-01-02T03:04:05.000000001Z",
        GoTime.nano(Instant.parse("2026-01-02T03:04:05.000000001Z")));
    assertEquals("0001-01-01T00:00:00Z", GoTime.nano(null));
    assertEquals(
        "2026-01-02T03:04:05.100000000Z", GoTime.fixed(Instant.parse("2026-01-02T03:04:05.100Z")));
  }

  @Test
  void parametersAreSecondsOrRfc3339() {
    assertNull(GoTime.parse("since", "0"));
    assertEquals(Instant.ofEpochSecond(1, 500_000_000), GoTime.parse("since", "1.5"));
    assertEquals(Instant.ofEpochSecond(1, 1), GoTime.parse("since", "1.000000001"));
    assertEquals(
        Instant.parse("2026-01-02T02:04:05Z"), GoTime.parse("since", "2026-01-02T03:04:05+01:00"));
  }

  @Test
  void durationsReadAsDockersDo() {
    assertEquals("Less than a second", HumanDuration.of(Duration.ofMillis(999)));
    assertEquals("1 second", HumanDuration.of(Duration.ofMillis(1999)));
    assertEquals("59 seconds", HumanDuration.of(Duration.ofSeconds(59)));
    assertEquals("About a minute", HumanDuration.of(Duration.ofSeconds(119)));
    assertEquals("59 minutes", HumanDuration.of(Duration.ofSeconds(3599)));
    assertEquals("About an hour", HumanDuration.of(Duration.ofMinutes(89)));
    assertEquals("2 hours", HumanDuration.of(Duration.ofMinutes(90)));
    assertEquals("47 hours", HumanDuration.of(Duration.ofHours(47)));
    assertEquals("2 days", HumanDuration.of(Duration.ofHours(48)));
    assertEquals("2 weeks", HumanDuration.of(Duration.ofDays(14)));
    assertEquals("2 months", HumanDuration.of(Duration.ofDays(60)));
    assertEquals("2 years", HumanDuration.of(Duration.ofDays(730)));
  }
}
