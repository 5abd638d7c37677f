package dev.felucca.isolation.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.felucca.kernel.ContainerId;
import dev.felucca.linux.LinuxSyscalls;
import dev.felucca.linux.Sysno;
import dev.felucca.tck.isolation.BusyboxRoot;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 150, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CrashTest {
  private static final int LINES = 20_000;
  private static final String LOOP =
      "i=0; while [ $i -lt "
          + LINES
          + " ]; do i=$((i+1)); echo line $i; [ $((i%40)) = 0 ] && usleep 5000; done; exit 33";

  @TempDir Path directory;
  private final ContainerId id = ContainerId.random();

  @BeforeEach
  void begin() throws Exception {
    assumeTrue(LinuxSyscalls.load().call(Sysno.GETEUID) == 0, "needs root");
    BusyboxRoot.make(Files.createDirectory(directory.resolve("rootfs")));
  }

  @AfterEach
  void clean() throws Exception {
    if (Files.exists(directory.resolve("run"))) {
      try (LinuxIsolation driver =
          new LinuxIsolation(LinuxSyscalls.load(), directory.resolve("run"))) {
        driver.adopt(Set.of());
      }
    }
  }

  @Test
  void noLineIsLostOrDoubledWhenTheEngineIsKilledAgainAndAgain() throws Exception {
    assertEquals(expected("\n"), survive(new Random(7), LOOP));
  }

  @Test
  void noLineOfATerminalIsLostOrDoubledEither() throws Exception {
    assertEquals(expected("\r\n"), survive(new Random(8), LOOP, "tty"));
  }

  @Test
  void whatEndsWhileNoEngineIsThereIsKnownToTheNext() throws Exception {
    Process engine = engine("echo up; usleep 300000; echo down; exit 21");
    awaitLog();
    engine.destroyForcibly().waitFor();
    Path status = directory.resolve("run").resolve(id.hex()).resolve("status");
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    // The record comes first in the file, before the parameters that were there from the start.
    while (new String(Files.readAllBytes(status), 0, 16, StandardCharsets.ISO_8859_1)
        .equals("\0".repeat(16))) {
      assertTrue(System.nanoTime() < deadline, "the shim never recorded the end");
      Thread.sleep(10);
    }
    Process next = engine();
    assertTrue(next.waitFor(30, TimeUnit.SECONDS));
    assertEquals("up\ndown\n", Files.readString(directory.resolve("log")));
    assertEquals("21", Files.readString(directory.resolve("code")));
    assertFalse(Files.exists(directory.resolve("run").resolve(id.hex())));
  }

  private String survive(Random random, String... start) throws Exception {
    Process engine = engine(start);
    awaitLog();
    int kills = 0;
    while (!engine.waitFor(100 + random.nextInt(500), TimeUnit.MILLISECONDS)) {
      if (kills < 12) {
        engine.destroyForcibly().waitFor();
        kills++;
        engine = engine();
      }
    }
    assertTrue(kills > 3, "killed only " + kills + " times");
    assertEquals("33", Files.readString(directory.resolve("code")));
    return Files.readString(directory.resolve("log"));
  }

  private void awaitLog() throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    Path log = directory.resolve("log");
    while (!Files.exists(log) || Files.size(log) == 0) {
      assertTrue(System.nanoTime() < deadline, "no output came");
      Thread.sleep(10);
    }
  }

  private Process engine(String... start) throws Exception {
    String path =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    List<String> command =
        new ArrayList<>(
            List.of(
                System.getProperty("java.home") + File.separator + "bin/java",
                "-Xshare:auto",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                path,
                CrashingEngine.class.getName(),
                directory.toString(),
                id.hex()));
    command.addAll(List.of(start));
    return new ProcessBuilder(command).inheritIO().start();
  }

  private static String expected(String end) {
    StringBuilder lines = new StringBuilder();
    for (int i = 1; i <= LINES; i++) {
      lines.append("line ").append(i).append(end);
    }
    return lines.toString();
  }
}
