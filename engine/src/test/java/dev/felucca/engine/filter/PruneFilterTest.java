package dev.felucca.engine.filter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.kernel.EngineException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PruneFilterTest {
  private static final Instant THEN = Instant.parse("2026-01-02T03:04:05Z");
  private static final Map<String, String> LABELS = Map.of("tier", "web", "empty", "");

  private static boolean letsGo(String key, String... values) {
    return new PruneFilter(Map.of(key, List.of(values))).letsGo(LABELS, THEN);
  }

  @Test
  void withoutAFilterEverythingGoes() {
    assertTrue(new PruneFilter(Map.of()).letsGo(Map.of(), null));
  }

  @Test
  void eachLabelHasToBeThere() {
    assertTrue(letsGo("label", "tier", "tier=web", "empty="));
    assertFalse(letsGo("label", "tier", "other"));
    assertFalse(letsGo("label", "tier=db"));
  }

  @Test
  void theOtherLabelsMayNotAllBeThere() {
    assertTrue(letsGo("label!", "other", "tier=db"));
    assertTrue(letsGo("label!", "other", "tier"));
    assertFalse(letsGo("label!", "tier"));
    assertFalse(letsGo("label!", "tier=web", "empty"));
  }

  @Test
  void aTruthIsNotBoth() {
    assertTrue(Filters.truth(Map.of(), "dangling", true));
    assertFalse(Filters.truth(Map.of("dangling", List.of("0", "false")), "dangling", true));
    assertThrows(
        EngineException.class,
        () -> Filters.truth(Map.of("dangling", List.of("true", "false")), "dangling", true));
    EngineException refused =
        assertThrows(
            EngineException.class,
            () -> Filters.truth(Map.of("dangling", List.of("x")), "dangling", true));
    assertEquals("invalid filter 'dangling=[x]'", refused.getMessage());
  }

  @Test
  void whatIsOlderThanTheMomentGoes() {
    assertTrue(letsGo("until", "2026-01-02T03:04:06Z"));
    assertFalse(letsGo("until", "2026-01-02T03:04:05Z"));
    assertTrue(letsGo("until", "1767323046"));
    assertFalse(new PruneFilter(Map.of("until", List.of("1h"))).letsGo(LABELS, Instant.now()));
    assertFalse(new PruneFilter(Map.of("until", List.of("1h"))).letsGo(LABELS, null));
  }

  @Test
  void oneMomentIsAskedFor() {
    assertEquals(
        EngineException.Kind.INVALID,
        assertThrows(EngineException.class, () -> letsGo("until", "1h", "2h")).kind());
    assertThrows(EngineException.class, () -> letsGo("until", "soon"));
  }

  @Test
  void anUnknownKeyIsRefusedByName() {
    EngineException refused =
        assertThrows(
            EngineException.class,
            () -> Filters.check(Map.of("labels", List.of()), Set.of("label")));
    assertEquals("invalid filter 'labels'", refused.getMessage());
  }
}
