package dev.felucca.distro;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * This process, as /proc tells: the JDK's {@code ProcessHandle} takes 8 ms of a start to be there.
 */
final class Self {
  private static final int TICKS_PER_SECOND = 100; // USER_HZ, on every architecture
  private static final int STARTED = 19; // of proc_pid_stat(5), counted behind the name

  private Self() {}

  static String pid() {
    try {
      return Files.readSymbolicLink(Path.of("/proc/self")).toString();
    } catch (IOException e) {
      throw new UncheckedIOException("an engine needs /proc", e);
    }
  }

  static Duration age() throws IOException {
    String stat = Files.readString(Path.of("/proc/self/stat"));
    long started = Long.parseLong(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[STARTED]);
    String uptime = Files.readString(Path.of("/proc/uptime"));
    long now = Math.round(Double.parseDouble(uptime.substring(0, uptime.indexOf(' '))) * 1000);
    return Duration.ofMillis(now - started * 1000 / TICKS_PER_SECOND);
  }
}
