package dev.felucca.rest.container;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;

/**
 * What proc_pid_stat(5) says of a process; zeros for one that has ended meanwhile.
 *
 * @param ticks processor time used, in hundredths of a second
 */
record ProcStat(
    String state,
    int terminal,
    long ticks,
    int nice,
    long threads,
    Instant started,
    long virtualBytes,
    long residentBytes) {
  /** USER_HZ: fixed at 100 by the kernel's interface to user space on every architecture here. */
  static final int HZ = 100;

  private static final int PAGE = 4096;
  private static final Path PROC = Path.of("/proc");

  static ProcStat read(int pid) {
    try {
      String line = Files.readString(PROC.resolve(pid + "/stat"), StandardCharsets.ISO_8859_1);
      // The name in brackets may hold anything; the fields count from behind it, the state first.
      String[] fields = line.substring(line.lastIndexOf(')') + 2).split(" ");
      long uptimeTicks = Long.parseLong(fields[19]);
      return new ProcStat(
          fields[0],
          Integer.parseInt(fields[4]),
          Long.parseLong(fields[11]) + Long.parseLong(fields[12]),
          Integer.parseInt(fields[16]),
          Long.parseLong(fields[17]),
          boot().plusMillis(uptimeTicks * 1000 / HZ),
          Long.parseLong(fields[20]),
          Long.parseLong(fields[21]) * PAGE);
    } catch (IOException | RuntimeException ended) {
      return new ProcStat("X", 0, 0, 0, 0, Instant.now(), 0, 0);
    }
  }

  /** Bytes of memory of the host; 0 where that can't be read. */
  static long hostMemory() {
    try (var lines = Files.lines(PROC.resolve("meminfo"), StandardCharsets.ISO_8859_1)) {
      String line = lines.findFirst().orElse("");
      return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
    } catch (IOException | RuntimeException e) {
      return 0;
    }
  }

  private static Instant boot() throws IOException {
    for (String line : Files.readAllLines(PROC.resolve("stat"), StandardCharsets.ISO_8859_1)) {
      if (line.startsWith("btime ")) {
        return Instant.ofEpochSecond(Long.parseLong(line.substring(6).strip()));
      }
    }
    throw new IOException("/proc/stat has no btime");
  }

  /** {@code pts/0}, {@code tty1} or {@code ?}. */
  String terminalName() {
    int major = terminal >> 8 & 0xfff;
    int minor = terminal & 0xff | terminal >> 12 & 0xfff00;
    if (major >= 136 && major <= 143) {
      return "pts/" + ((major - 136) * 256 + minor);
    }
    return major == 4 ? "tty" + minor : "?";
  }
}
