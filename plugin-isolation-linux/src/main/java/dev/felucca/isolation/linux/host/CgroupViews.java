package dev.felucca.isolation.linux.host;

import dev.felucca.isolation.linux.init.InitPlan.CgroupView;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Finds how the host's {@code /sys/fs/cgroup} looks, so that a container's can look alike. */
final class CgroupViews {
  private static final List<String> NOT_CONTROLLERS =
      List.of("rw", "ro", "relatime", "seclabel", "xattr", "noprefix", "clone_children");

  private CgroupViews() {}

  static CgroupView of(Path mountinfo) throws IOException {
    Map<String, String> hierarchies = new TreeMap<>();
    for (String line : Files.readAllLines(mountinfo)) {
      String[] fields = line.split(" ", -1);
      String point = fields[4];
      int dash = List.of(fields).indexOf("-");
      String type = fields[dash + 1];
      if (point.equals("/sys/fs/cgroup") && type.equals("cgroup2")) {
        return new CgroupView(true, Map.of());
      }
      if (!point.startsWith("/sys/fs/cgroup/") || !type.startsWith("cgroup")) {
        continue;
      }
      String options =
          Stream.of(fields[dash + 3].split(",", -1))
              .filter(o -> !NOT_CONTROLLERS.contains(o) && !o.startsWith("release_agent="))
              .collect(Collectors.joining(","));
      hierarchies.put(
          point.substring("/sys/fs/cgroup/".length()), type.equals("cgroup2") ? "" : options);
    }
    return new CgroupView(false, hierarchies);
  }
}
