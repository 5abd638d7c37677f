package dev.felucca.log.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.isolation.OutputPositions;
import dev.felucca.kernel.isolation.OutputStreamKind;
import dev.felucca.kernel.log.LogDriver;
import dev.felucca.kernel.log.LogEntry;
import dev.felucca.kernel.log.LogQuery;
import dev.felucca.kernel.log.LogWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NoneLogDriverTest {
  @TempDir Path directory;
  private final LogDriver driver = new NoneLogDriver();

  @Test
  void nothingIsKeptButHowFarItWent() throws IOException {
    OutputPositions later = new OutputPositions(1L << 40, 7);
    try (LogWriter writer = driver.writer(directory, "c", Map.of("any", "option"))) {
      assertEquals(OutputPositions.START, writer.resumeAt());
      writer.write(
          new LogEntry(OutputStreamKind.STDOUT, Instant.EPOCH, "a secret".getBytes("UTF-8")));
      writer.checkpoint(new OutputPositions(3, 4));
      writer.checkpoint(later);
    }
    try (LogWriter writer = driver.writer(directory, "c", Map.of())) {
      assertEquals(later, writer.resumeAt());
      writer.checkpoint(OutputPositions.START);
      assertEquals(OutputPositions.START, writer.resumeAt());
    }
    try (Stream<Path> files = Files.walk(directory)) {
      assertEquals(
          16, files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum());
    }
  }

  @Test
  void readingIsRefusedInDockersWords() {
    assertFalse(driver.readable());
    EngineException refusal =
        assertThrows(
            EngineException.class,
            () ->
                driver.reader(
                    directory, "c", Map.of(), new LogQuery(true, true, -1, null, null, false)));
    assertEquals("configured logging driver does not support reading", refusal.getMessage());
  }
}
