package dev.felucca.engine.container;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How much memory the host has; it is looked at once. */
public final class HostMemory {
  private static final Pattern TOTAL = Pattern.compile("MemTotal:\\s+(\\d+) kB");
  private static final long BYTES = read();

  private HostMemory() {}

  /** 0 where it can't be told. */
  public static long bytes() {
    return BYTES;
  }

  private static long read() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
        Matcher matcher = TOTAL.matcher(line);
        if (matcher.matches()) {
          return Long.parseLong(matcher.group(1)) * 1024;
        }
      }
    } catch (IOException e) {
      return 0; // a host without /proc
    }
    return 0;
  }
}
