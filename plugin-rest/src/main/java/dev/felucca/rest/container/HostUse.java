package dev.felucca.rest.container;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What stats need that isn't in a container's cgroup: the host's processors and the interfaces. */
final class HostUse {
  private static final Path PROC = Path.of("/proc");
  private static final long NANOS_PER_TICK = 1_000_000_000L / ProcStat.HZ;

  private HostUse() {}

  /** Nanoseconds that all processors have worked or idled since boot. */
  static long cpuNanos() throws IOException {
    for (String line : Files.readAllLines(PROC.resolve("stat"), StandardCharsets.ISO_8859_1)) {
      if (line.startsWith("cpu ")) {
        String[] fields = line.strip().split("\\s+");
        long ticks = 0;
        // user, nice, system, idle, iowait, irq, softirq: as Docker adds them; guest time is in
        // user.
        for (int i = 1; i <= 7 && i < fields.length; i++) {
          ticks += Long.parseLong(fields[i]);
        }
        return ticks * NANOS_PER_TICK;
      }
    }
    throw new IOException("/proc/stat has no line for all processors");
  }

  /**
   * Counters of a process's network interfaces by name, without lo: proc_pid_net(5). None of a
   * process that is gone, which may be before anybody hears of its end.
   */
  static Map<String, Interface> interfaces(int pid) throws IOException {
    Path file = PROC.resolve(pid + "/net/dev");
    Map<String, Interface> interfaces = new LinkedHashMap<>();
    List<String> lines;
    try {
      lines = Files.readAllLines(file, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      if (Files.exists(file)) {
        throw e;
      }
      return interfaces;
    }
    for (String line : lines) {
      int colon = line.indexOf(':');
      if (colon < 0) {
        continue; // One of the two lines of headings.
      }
      String name = line.substring(0, colon).strip();
      String[] counters = line.substring(colon + 1).strip().split("\\s+");
      if (!name.equals("lo") && counters.length >= 12) {
        interfaces.put(
            name,
            new Interface(
                Long.parseLong(counters[0]),
                Long.parseLong(counters[1]),
                Long.parseLong(counters[2]),
                Long.parseLong(counters[3]),
                Long.parseLong(counters[8]),
                Long.parseLong(counters[9]),
                Long.parseLong(counters[10]),
                Long.parseLong(counters[11])));
      }
    }
    return interfaces;
  }

  record Interface(
      long receivedBytes,
      long receivedPackets,
      long receivedErrors,
      long receivedDropped,
      long sentBytes,
      long sentPackets,
      long sentErrors,
      long sentDropped) {}
}
