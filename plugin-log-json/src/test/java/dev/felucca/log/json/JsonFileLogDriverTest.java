package dev.felucca.log.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
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
import dev.felucca.tck.log.LogDriverContract;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JsonFileLogDriverTest extends LogDriverContract {
  private static final Instant TIME = Instant.parse("2026-01-01T00:00:00.123456789Z");

  @TempDir Path logs;

  @Override
  protected LogDriver create() {
    return new JsonFileLogDriver(new JsonFileOptions(20 << 20, 5, false));
  }

  @Override
  protected Map<String, String> rotatingOptions() {
    return Map.of("max-size", "32k", "max-file", "100", "compress", "true");
  }

  @Test
  void aLineLooksAsDockerWritesIt() {
    assertEquals(
        "{\"log\":\"a\\u003cb\\u003e \\\"x\\\" \\\\ \\u0007\\ufffd é\\r\\n\",\"stream\":\"stderr\","
            + "\"time\":\"2026-01-01T00:00:00.123456789Z\"}\n",
        encoded(
            concat(
                "a<b> \"x\" \\ \u0007".getBytes(UTF_8),
                new byte[] {(byte) 0xff},
                " é\r\n".getBytes(UTF_8))));
  }

  @Test
  void aDamagedFileTakesNothingElseOfTheLogAway() throws IOException {
    LogDriver driver = create();
    Map<String, String> options = Map.of("max-size", "1k", "max-file", "9", "compress", "true");
    try (LogWriter writer = driver.writer(logs, "id", options)) {
      for (int n = 0; n < 90; n++) {
        writer.write(entry("line " + n + "\n"));
        writer.checkpoint(new OutputPositions(n, 0));
      }
    }
    List<String> whole = lines(driver, -1);
    assertEquals(90, whole.size());
    byte[] packed = Files.readAllBytes(logs.resolve("id-json.log.3.gz"));
    List<String> tail = lines(driver, 15);
    for (byte[] damaged :
        List.of(new byte[0], "[1, 2]\n".getBytes(UTF_8), Arrays.copyOf(packed, 60))) {
      Files.write(logs.resolve("id-json.log.3.gz"), damaged);
      List<String> rest = lines(driver, -1);
      assertTrue(rest.containsAll(List.of("line 0\n", "line 89\n")), rest::toString);
      assertTrue(rest.size() > 70 && whole.containsAll(rest), rest::toString);
      assertEquals(tail, lines(driver, 15));
      assertEquals("line 89\n", lines(driver, 50).get(lines(driver, 50).size() - 1));
    }
  }

  @Test
  void whatIsNoFileIsMovedAsideAndTheLogGoesOn() throws IOException {
    LogDriver driver = create();
    for (String name : List.of("id-json.log.pos", "id-json.log", "id-json.log.1")) {
      Files.deleteIfExists(logs.resolve(name));
      Files.createDirectories(logs.resolve(name).resolve("inside"));
      try (LogWriter writer =
          driver.writer(logs, "id", Map.of("max-size", "1k", "max-file", "3"))) {
        for (int n = 0; n < 20; n++) {
          writer.write(entry("line " + n + "\n"));
        }
        writer.checkpoint(new OutputPositions(20, 0));
      }
      assertTrue(Files.isRegularFile(logs.resolve("id-json.log")), name);
      assertTrue(lines(driver, -1).contains("line 19\n"), name);
    }
  }

  @Test
  void aLineThatIsTooLongHidesNoOther() throws IOException {
    LogDriver driver = create();
    try (LogWriter writer = driver.writer(logs, "id", Map.of())) {
      writer.write(entry("one\n"));
      writer.checkpoint(new OutputPositions(4, 0));
    }
    Path file = logs.resolve("id-json.log");
    Files.writeString(file, "x".repeat(3 << 20) + "\n" + Files.readString(file));
    assertEquals(List.of("one\n"), lines(driver, -1));
  }

  private static LogEntry entry(String line) {
    return new LogEntry(OutputStreamKind.STDOUT, TIME, line.getBytes(UTF_8));
  }

  private List<String> lines(LogDriver driver, int tail) throws IOException {
    List<String> lines = new ArrayList<>();
    LogQuery query = new LogQuery(true, true, tail, null, null, false);
    try (LogReader reader = driver.reader(logs, "id", Map.of(), query)) {
      for (LogEntry e; (e = reader.next(Duration.ZERO)) != null; ) {
        lines.add(new String(e.line(), UTF_8));
      }
    }
    return lines;
  }

  @Test
  void aCrashBetweenRotationAndCheckpointLosesNothing() throws IOException {
    LogDriver driver = create();
    try (LogWriter writer = driver.writer(logs, "id", Map.of())) {
      writer.write(new LogEntry(OutputStreamKind.STDOUT, TIME, "one\n".getBytes(UTF_8)));
      writer.checkpoint(new OutputPositions(4, 0));
    }
    // As if the engine had died after the rename and some writing, before the new file's first
    // checkpoint.
    Files.move(logs.resolve("id-json.log"), logs.resolve("id-json.log.1"));
    Files.writeString(logs.resolve("id-json.log"), "{\"log\":\"unaccounted\\n\"");
    try (LogWriter writer = driver.writer(logs, "id", Map.of())) {
      assertEquals(new OutputPositions(4, 0), writer.resumeAt());
      writer.write(new LogEntry(OutputStreamKind.STDOUT, TIME, "two\n".getBytes(UTF_8)));
      writer.checkpoint(new OutputPositions(8, 0));
    }
    StringBuilder text = new StringBuilder();
    try (LogReader reader =
        driver.reader(logs, "id", Map.of(), new LogQuery(true, true, -1, null, null, false))) {
      for (LogEntry e = reader.next(Duration.ZERO); e != null; e = reader.next(Duration.ZERO)) {
        text.append(new String(e.line(), UTF_8));
      }
    }
    assertEquals("one\ntwo\n", text.toString());
  }

  @Test
  void noMoreFilesAreKeptThanAskedFor() throws IOException {
    try (LogWriter writer =
        create().writer(logs, "id", Map.of("max-size", "1k", "max-file", "3"))) {
      for (int n = 0; n < 200; n++) {
        writer.write(new LogEntry(OutputStreamKind.STDOUT, TIME, "0123456789\n".getBytes(UTF_8)));
        writer.checkpoint(new OutputPositions(n, 0));
      }
    }
    try (var files = Files.list(logs)) {
      assertEquals(3, files.filter(file -> !file.toString().endsWith(".pos")).count());
    }
  }

  @Test
  void optionsAreReadAsDockerReadsThem() {
    JsonFileOptions defaults = new JsonFileOptions(1, 5, false);
    assertEquals(
        new JsonFileOptions(10 << 20, 3, false),
        JsonFileOptions.parse(Map.of("max-size", "10m", "max-file", "3"), defaults));
    assertEquals(
        new JsonFileOptions(0, 1, false),
        JsonFileOptions.parse(Map.of("max-size", "-1"), defaults));
    for (Map<String, String> wrong :
        List.of(
            Map.of("max-size", "ten"),
            Map.of("max-file", "0"),
            Map.of("max-size", "1k", "compress", "true"))) {
      assertThrows(
          EngineException.class, () -> JsonFileOptions.parse(wrong, defaults), wrong::toString);
    }
  }

  private static String encoded(byte[] line) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    JsonLine.encode(new LogEntry(OutputStreamKind.STDERR, TIME, line), out);
    return out.toString(UTF_8);
  }

  private static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }
}
