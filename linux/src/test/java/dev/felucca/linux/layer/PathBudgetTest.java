package dev.felucca.linux.layer;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class PathBudgetTest {
  @Test
  void layersTogetherHaveAPartOfTheHeapAndGiveItBack() throws InvalidLayerException {
    String path = "p".repeat(1 << 20);
    long most = Runtime.getRuntime().maxMemory() / 4 / path.length();
    for (int round = 0; round < 2; round++) {
      long taken = 0;
      try (PathBudget one = new PathBudget();
          PathBudget other = new PathBudget()) {
        one.take(path);
        while (taken <= most) {
          try {
            other.take(path);
          } catch (InvalidLayerException e) {
            break;
          }
          taken++;
        }
        assertTrue(taken < most, "another layer took " + taken + " of " + most);
        assertThrows(InvalidLayerException.class, () -> one.take(path));
      }
      assertTrue(taken > most / 2, "all was given back: " + taken + " of " + most);
    }
  }
}
