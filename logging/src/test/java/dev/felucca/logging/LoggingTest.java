package dev.felucca.logging;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Hashtable;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.service.log.FormatterLogger;
import org.osgi.service.log.LogService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

class LoggingTest {
  @TempDir Path temp;
  private final List<String> written = new ArrayList<>();

  @BeforeEach
  void listen() {
    Loggers.ALL.use(
        new Sink() {
          @Override
          public void write(String lines) {
            written.add(lines);
          }

          @Override
          public void close() {}
        });
  }

  @AfterEach
  void restore() {
    Loggers.ALL.use(Sink.STANDARD_ERROR);
    Loggers.ALL.use(Levels.DEFAULT);
  }

  @Test
  void slf4jFindsThisAndALineSaysWhenHowSeriousWhoAndWhat() {
    LoggerFactory.getLogger("dev.felucca.engine.container.Starter").warn("{} of {}", 1, 2);
    assertTrue(
        written
            .get(0)
            .matches(
                "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d[.]\\d{3} WARN  d.f.e.container.Starter 1 of 2\n"),
        written.get(0));
  }

  @Test
  void theStackOfAnExceptionFollowsItsLine() {
    LoggerFactory.getLogger("a").error("{} broke", "it", new IOException("why"));
    assertTrue(
        written.get(0).contains("ERROR a it broke\njava.io.IOException: why\n\tat "),
        written.get(0));
  }

  @Test
  void aLevelCountsForTheLoggersBelowItAndAtOnce() {
    Logger below = LoggerFactory.getLogger("org.apache.felix.scr");
    assertFalse(below.isInfoEnabled());
    assertFalse(LoggerFactory.getLogger("dev.felucca.x").isDebugEnabled());
    Hashtable<String, Object> settings = new Hashtable<>();
    settings.put("org.apache.felix", "debug");
    settings.put("root", "TRACE");
    settings.put("felix.fileinstall.filename", "file:/x");
    Loggers.ALL.use(Levels.with(settings));
    assertTrue(below.isDebugEnabled());
    assertFalse(below.isTraceEnabled());
    assertTrue(LoggerFactory.getLogger("dev.felucca.x").isTraceEnabled());
    Loggers.ALL.use(Levels.with(null));
    assertFalse(below.isInfoEnabled());
  }

  @Test
  void theOsgiLogServiceWritesToTheSamePlace() {
    OsgiLog log = new OsgiLog(Loggers.ALL);
    log.getLogger("a.b").info("{} and {}", 1, 2);
    log.getLogger("a.b").debug("not at this level");
    log.getLogger("a.b", FormatterLogger.class).warn("%03d", 7);
    log.log(LogService.LOG_ERROR, "old", new IOException("why"));
    assertEquals(3, written.size(), written::toString);
    assertTrue(written.get(0).endsWith("INFO  a.b 1 and 2\n"), written.get(0));
    assertTrue(written.get(1).endsWith("WARN  a.b 007\n"), written.get(1));
    assertTrue(written.get(2).contains("ERROR osgi old\njava.io.IOException: why"), written.get(2));
  }

  @Test
  void aFullFileIsMovedAsideAndOnlyThreeOlderOnesAreKept() throws IOException {
    Path file = temp.resolve("log/felucca.log");
    LogFile log = new LogFile(file, 13);
    for (int number = 0; number < 6; number++) {
      log.write("line " + number + " is long\n");
    }
    log.write("short\n");
    assertEquals("short\n", Files.readString(file));
    assertEquals("line 5 is long\n", Files.readString(temp.resolve("log/felucca.1.log")));
    assertEquals("line 3 is long\n", Files.readString(temp.resolve("log/felucca.3.log")));
    assertFalse(Files.exists(temp.resolve("log/felucca.4.log")));
    log.close();
    log.write("after\n");
    assertEquals("short\nafter\n", Files.readString(file));
    log.close();
  }

  @Test
  void anInterruptedThreadLogsAndStaysInterrupted() throws IOException {
    Path file = temp.resolve("felucca.log");
    LogFile log = new LogFile(file, 1000);
    Thread.currentThread().interrupt();
    log.write("one\n");
    log.write("two\n");
    assertTrue(Thread.interrupted());
    assertEquals("one\ntwo\n", Files.readString(file));
    log.close();
  }

  @Test
  void aKindOfLoggerThatIsNotKnownIsRefused() {
    interface Own extends org.osgi.service.log.Logger {}
    assertThrows(
        IllegalArgumentException.class, () -> new OsgiLog(Loggers.ALL).getLogger("a", Own.class));
  }
}
