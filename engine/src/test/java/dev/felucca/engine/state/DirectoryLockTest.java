package dev.felucca.engine.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.kernel.EngineException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryLockTest {
  @TempDir Path root;

  @Test
  void aSecondEngineIsRefusedAndTheFirstKeepsItsLock() throws IOException {
    try (DirectoryLock first = take(root)) {
      for (int n = 0; n < 2; n++) {
        EngineException e = assertThrows(EngineException.class, () -> take(root).close());
        assertEquals(EngineException.Kind.CONFLICT, e.kind());
        assertTrue(e.getMessage().contains("pid " + ProcessHandle.current().pid()));
      }
      // /proc/locks, as the JVM itself would go on believing in a lock that the kernel has dropped.
      long inode = (Long) Files.getAttribute(root.resolve("engine.lock"), "unix:ino");
      assertTrue(
          Files.readAllLines(Path.of("/proc/locks")).stream()
              .anyMatch(line -> line.contains(":" + inode + " ")),
          "the kernel still has the lock");
    }
    take(root).close();
  }

  @Test
  void twoDataRootsDoNotShareARunDirectory() throws IOException {
    Path run = root.resolve("run");
    Directories first = new Directories(root.resolve("a"), run);
    try {
      EngineException e =
          assertThrows(
              EngineException.class, () -> new Directories(root.resolve("b"), run).close());
      assertEquals(EngineException.Kind.CONFLICT, e.kind());
      assertTrue(e.getMessage().startsWith("run directory " + run), e.getMessage());
      assertTrue(e.getMessage().contains("pid " + ProcessHandle.current().pid()), e.getMessage());
      assertTrue(e.getMessage().endsWith("felucca.run-dir"), e.getMessage());
    } finally {
      first.close();
    }
    new Directories(root.resolve("b"), run).close();
    new Directories(root.resolve("a"), root.resolve("a")).close();
  }

  private static DirectoryLock take(Path directory) throws IOException {
    return DirectoryLock.take(directory, "data root", "felucca.data-root");
  }
}
