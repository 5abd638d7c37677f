package dev.felucca.isolation.shim;

import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * All that a subreaper's children have made, by the kernel's own lists: what loses its parent comes
 * to the subreaper and is found there the next time.
 */
public final class Descendants {
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final int SIGKILL = 9;

  private Descendants() {}

  /** Kills them until none is alive; the subreaper itself is left, and is to hold still. */
  public static void kill(Syscalls linux, int subreaper) throws IOException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    List<Integer> found = alive(subreaper);
    while (!found.isEmpty()) {
      found.forEach(pid -> linux.call(Sysno.KILL, pid, SIGKILL));
      if (System.nanoTime() > deadline) {
        throw new IOException("processes " + found + " do not end");
      }
      LockSupport.parkNanos(Duration.ofMillis(2).toNanos()); // no descriptor tells of grandchildren
      found = alive(subreaper);
    }
  }

  private static List<Integer> alive(int parent) throws IOException {
    List<Integer> found = new ArrayList<>();
    Path threads = Path.of("/proc", String.valueOf(parent), "task");
    if (!Files.exists(threads)) {
      return found;
    }
    try (var each = Files.newDirectoryStream(threads)) {
      for (Path thread : each) {
        for (String pid : read(thread.resolve("children")).strip().split(" ", -1)) {
          if (!pid.isEmpty()) {
            String stat = read(Path.of("/proc", pid, "stat"));
            if (stat.indexOf(" Z ", stat.lastIndexOf(')')) < 0 && !stat.isEmpty()) {
              found.add(Integer.valueOf(pid));
            }
            found.addAll(alive(Integer.parseInt(pid)));
          }
        }
      }
    }
    return found;
  }

  /** Empty when it has ended meanwhile: ENOENT by the name, ESRCH by the open file. */
  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return "";
    }
  }
}
