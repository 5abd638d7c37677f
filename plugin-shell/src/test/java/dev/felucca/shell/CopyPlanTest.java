package dev.felucca.shell;

import static dev.felucca.shell.CopyPlan.Target.DIRECTORY;
import static dev.felucca.shell.CopyPlan.Target.FILE;
import static dev.felucca.shell.CopyPlan.Target.NOTHING;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.felucca.kernel.EngineException;
import dev.felucca.shell.CopyPlan.Place;
import org.junit.jupiter.api.Test;

class CopyPlanTest {
  @Test
  void aDirectoryTakesWhatIsCopiedByItsOwnName() {
    assertEquals(new CopyPlan("/d", ""), CopyPlan.decide(false, "/d", DIRECTORY));
    assertEquals(new CopyPlan("/d/", ""), CopyPlan.decide(true, "/d/", DIRECTORY));
    assertEquals(new CopyPlan("/", ""), CopyPlan.decide(true, "/", DIRECTORY));
  }

  @Test
  void whatIsNotThereIsMadeOfWhatIsCopied() {
    assertEquals(new CopyPlan("/d", "new"), CopyPlan.decide(false, "/d/new", NOTHING));
    assertEquals(new CopyPlan("/d", "new"), CopyPlan.decide(true, "/d/new", NOTHING));
    assertEquals(new CopyPlan("/d", "new"), CopyPlan.decide(true, "/d/new/", NOTHING));
    assertEquals(new CopyPlan("/d", "f"), CopyPlan.decide(false, "/d/f", FILE));
  }

  @Test
  void kindsAreNotExchanged() {
    assertThrows(EngineException.class, () -> CopyPlan.decide(true, "/d/f", FILE));
    assertThrows(EngineException.class, () -> CopyPlan.decide(false, "/d/new/", NOTHING));
    assertThrows(EngineException.class, () -> CopyPlan.decide(false, "/d/f/.", FILE));
  }

  @Test
  void aColonNamesAContainer() {
    assertEquals(new Place("web", "/etc/hosts"), Place.parse("web:/etc/hosts"));
    assertEquals(new Place("web", "/etc"), Place.parse("web:etc"));
    assertEquals(new Place(null, "/tmp/a:b"), Place.parse("/tmp/a:b"));
    assertThrows(EngineException.class, () -> Place.parse("here"));
    assertThrows(EngineException.class, () -> Place.parse("./web:x"));
    assertThrows(EngineException.class, () -> Place.parse(":/x"));
  }
}
