package dev.felucca.tck.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.isolation.OutputPositions;
import dev.felucca.kernel.isolation.OutputStreamKind;
import dev.felucca.kernel.log.LogDriver;
import dev.felucca.kernel.log.LogEntry;
import dev.felucca.kernel.log.LogQuery;
import dev.felucca.kernel.log.LogReader;
import dev.felucca.kernel.log.LogWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract of a {@link LogDriver} that can be read. */
public abstract class LogDriverContract {
  private static final String ID = "c".repeat(64);
  private static final Duration AT_ONCE = Duration.ZERO;
  private static final Duration LONG = Duration.ofSeconds(20);

  @TempDir Path directory;

  protected abstract LogDriver create();

  /**
   * Options that make the driver start a new file within a thousand short lines, keeping all of
   * them.
   */
  protected abstract Map<String, String> rotatingOptions();

  @Test
  void anEmptyLogReadsAsNothing() throws IOException {
    assertEquals(List.of(), read(create(), all()));
  }

  @Test
  void whatIsWrittenAndCheckpointedIsRead() throws IOException {
    LogDriver driver = create();
    try (LogWriter writer = driver.writer(directory, ID, Map.of())) {
      writer.write(entry(1, "one\n"));
      writer.write(
          new LogEntry(OutputStreamKind.STDERR, at(2), "two \"quoted\" \\ \t é\n".getBytes(UTF_8)));
      writer.write(entry(3, "a piece without an end"));
      writer.checkpoint(new OutputPositions(26, 20));
    }
    assertEquals(
        List.of("one\n", "two \"quoted\" \\ \t é\n", "a piece without an end"),
        read(driver, all()));
  }

  @Test
  void streamsAndTimesAreChosen() throws IOException {
    LogDriver driver = create();
    try (LogWriter writer = driver.writer(directory, ID, Map.of())) {
      for (int n = 0; n < 6; n++) {
        OutputStreamKind stream = n % 2 == 0 ? OutputStreamKind.STDOUT : OutputStreamKind.STDERR;
        writer.write(new LogEntry(stream, at(n), (n + "\n").getBytes(UTF_8)));
      }
      writer.checkpoint(new OutputPositions(6, 6));
    }
    assertEquals(
        List.of("1\n", "3\n", "5\n"),
        read(driver, new LogQuery(false, true, -1, null, null, false)));
    assertEquals(
        List.of("2\n", "3\n"), read(driver, new LogQuery(true, true, -1, at(2), at(4), false)));
  }

  @Test
  void tailBeginsWithTheLastLinesAcrossFiles() throws IOException {
    LogDriver driver = create();
    writeNumbers(driver, 0, 3000);
    assertEquals(List.of("2998\n", "2999\n"), read(driver, tail(2)));
    assertEquals(List.of(), read(driver, tail(0)));
    assertEquals(numbers(500, 3000), read(driver, tail(2500)));
    assertEquals(numbers(0, 3000), read(driver, tail(9999)));
  }

  @Test
  void anotherWriterGoesOnWhereTheCheckpointWas() throws IOException {
    LogDriver driver = create();
    try (LogWriter writer = driver.writer(directory, ID, Map.of())) {
      assertEquals(OutputPositions.START, writer.resumeAt());
      writer.write(entry(1, "kept\n"));
      writer.checkpoint(new OutputPositions(5, 0));
      writer.write(entry(2, "never checkpointed\n"));
    }
    try (LogWriter writer = create().writer(directory, ID, Map.of())) {
      assertEquals(new OutputPositions(5, 0), writer.resumeAt());
      writer.write(entry(3, "again\n"));
      writer.checkpoint(new OutputPositions(11, 0));
    }
    assertEquals(List.of("kept\n", "again\n"), read(driver, all()));
  }

  @Test
  void aFollowerSeesEveryLineOnceAcrossRotations() throws Exception {
    LogDriver driver = create();
    CompletableFuture<List<String>> followed;
    try (LogReader reader =
        driver.reader(
            directory, ID, rotatingOptions(), new LogQuery(true, true, -1, null, null, true))) {
      followed = CompletableFuture.supplyAsync(() -> take(reader, 3000));
      writeNumbers(driver, 0, 3000);
      assertEquals(numbers(0, 3000), followed.get(30, TimeUnit.SECONDS));
    }
  }

  @Test
  void closingEndsAWaitingReader() throws Exception {
    LogReader reader =
        create().reader(directory, ID, Map.of(), new LogQuery(true, true, 0, null, null, true));
    CompletableFuture<Boolean> ended =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return reader.next(LONG) == null;
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    reader.close();
    assertTrue(ended.get(10, TimeUnit.SECONDS));
  }

  @Test
  void anUnknownOptionIsRefused() {
    EngineException refusal =
        assertThrows(EngineException.class, () -> create().validate(Map.of("no-such-option", "1")));
    assertEquals(EngineException.Kind.INVALID, refusal.kind());
  }

  private void writeNumbers(LogDriver driver, int from, int to) throws IOException {
    try (LogWriter writer = driver.writer(directory, ID, rotatingOptions())) {
      long position = 0;
      for (int n = from; n < to; n++) {
        byte[] line = (n + "\n").getBytes(UTF_8);
        writer.write(new LogEntry(OutputStreamKind.STDOUT, at(n), line));
        position += line.length;
        writer.checkpoint(new OutputPositions(position, 0));
      }
    }
  }

  private List<String> read(LogDriver driver, LogQuery query) throws IOException {
    List<String> lines = new ArrayList<>();
    try (LogReader reader = driver.reader(directory, ID, Map.of(), query)) {
      for (LogEntry entry = reader.next(AT_ONCE); entry != null; entry = reader.next(AT_ONCE)) {
        lines.add(new String(entry.line(), UTF_8));
      }
      assertNull(reader.next(AT_ONCE), "the end stays the end");
    }
    return lines;
  }

  private static List<String> take(LogReader reader, int count) {
    List<String> lines = new ArrayList<>();
    try {
      while (lines.size() < count) {
        LogEntry entry = reader.next(LONG);
        assertNotNull(entry, () -> "nothing came after " + lines.size() + " lines");
        lines.add(new String(entry.line(), UTF_8));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return lines;
  }

  private static List<String> numbers(int from, int to) {
    List<String> numbers = new ArrayList<>();
    for (int n = from; n < to; n++) {
      numbers.add(n + "\n");
    }
    return numbers;
  }

  private static LogQuery all() {
    return tail(-1);
  }

  private static LogQuery tail(int lines) {
    return new LogQuery(true, true, lines, null, null, false);
  }

  private static LogEntry entry(int second, String text) {
    return new LogEntry(OutputStreamKind.STDOUT, at(second), text.getBytes(UTF_8));
  }

  private static Instant at(int second) {
    return Instant.parse("2026-01-01T00:00:00Z").plusSeconds(second);
  }
}
