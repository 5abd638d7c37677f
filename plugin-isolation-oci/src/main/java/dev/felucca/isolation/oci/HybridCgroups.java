package dev.felucca.isolation.oci;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Where cgroup v2 is mounted beside v1, and so has no controllers. */
final class HybridCgroups {
  private HybridCgroups() {}

  static List<String> points() throws IOException {
    return points(Files.readAllLines(Path.of("/proc/self/mountinfo")));
  }

  static List<String> points(List<String> mountinfo) {
    List<String> second = new ArrayList<>();
    boolean first = false;
    for (String line : mountinfo) {
      String[] fields = line.split(" ", -1);
      int dash = List.of(fields).indexOf("-");
      if (fields[dash + 1].equals("cgroup")) {
        first = true;
      } else if (fields[dash + 1].equals("cgroup2")) {
        second.add(fields[4]);
      }
    }
    return first ? second : List.of();
  }
}
