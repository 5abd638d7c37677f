package dev.felucca.engine.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoriesTest {
  @TempDir Path directory;

  @Test
  void anIdThatIsDamagedIsMadeAnew() throws IOException {
    Path file = directory.resolve("data/engine-id");
    String id = id();
    assertEquals(id, id());
    for (String content : List.of("", id.substring(0, 18), "\u00f3\u00e4\u00ff")) {
      Files.write(file, content.getBytes(StandardCharsets.ISO_8859_1));
      String next = id();
      assertNotEquals(id, next);
      assertEquals(next, id());
      id = next;
    }
    Files.delete(file);
    Files.createDirectories(file.resolve("directory"));
    assertEquals(id(), id());
    assertTrue(Files.isDirectory(file.resolveSibling("engine-id.damaged-3")));
  }

  private String id() {
    try (Directories directories =
        new Directories(directory.resolve("data"), directory.resolve("run"))) {
      return directories.id();
    }
  }
}
