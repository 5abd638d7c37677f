package dev.felucca.engine.container;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.felucca.kernel.EngineException;
import org.junit.jupiter.api.Test;

class RecursiveReadOnlyTest {
  @Test
  void anOlderKernelIsRefusedByItsName() {
    for (String release : new String[] {"5.10.0-32-cloud-amd64", "5.11", "4.19.1"}) {
      EngineException refused =
          assertThrows(EngineException.class, () -> RecursiveReadOnly.require(release));
      assertEquals(
          "ReadOnlyForceRecursive needs Linux 5.12 or newer, and this is " + release,
          refused.getMessage());
    }
  }

  @Test
  void aNewerOneIsNotNorOneThatCannotBeRead() {
    for (String release : new String[] {"5.12.0", "6.1.0-50-cloud-amd64", "7.3.4+deb13", "", "?"}) {
      RecursiveReadOnly.require(release);
    }
  }
}
