package dev.felucca.engine.container;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.EngineException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StorageOptionsTest {
  @TempDir Path directory;

  @Test
  void sizesAreReadAsDockerReadsThem() {
    assertEquals(0, StorageOptions.size(Map.of()));
    assertEquals(120, size("120"));
    assertEquals(120L << 30, size("120G"));
    assertEquals(3L << 19, size("1.5 MiB"));
    assertEquals(5L << 10, size("5kb"));
    for (String wrong : new String[] {"", "G", "-1", "1x", "1.G", "9999999999p"}) {
      assertThrows(EngineException.class, () -> size(wrong), wrong);
    }
  }

  private static long size(String text) {
    return StorageOptions.size(Map.of("Size", text));
  }

  @Test
  void theStorageDriverIsToldOfASize() throws IOException {
    try (TestEngine engine = new TestEngine(new TestEngine.Machine(directory))) {
      ContainerId limited =
          engine.create("one", config -> {}, host -> host.storageOpt = Map.of("size", "8m"));
      engine.create("two", config -> {}, host -> {});
      assertEquals(
          Map.of(ContainerRecord.snapshotKey(limited), 8L << 20), engine.machine.storage.limits());
      EngineException refusal =
          assertThrows(
              EngineException.class,
              () -> engine.create("no", c -> {}, host -> host.storageOpt = Map.of("inodes", "8")));
      assertEquals("Unknown option inodes", refusal.getMessage());
    }
  }
}
