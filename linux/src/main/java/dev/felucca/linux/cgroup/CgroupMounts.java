package dev.felucca.linux.cgroup;

import dev.felucca.linux.Syscalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which hierarchies are mounted where.
 *
 * @param v1 mount points by controller, several of them may share one; {@code name=…} for a
 *     hierarchy without controllers
 */
record CgroupMounts(Map<String, Path> v1, @Nullable Path v2) {
  /** Options of a v1 mount that are not names of controllers. */
  private static final Set<String> OPTIONS =
      Set.of(
          "rw",
          "ro",
          "all",
          "none",
          "clone_children",
          "noprefix",
          "xattr",
          "cpuset_v2_mode",
          "favordynmods");

  private static final String SYSTEMD = "name=systemd";

  static CgroupMounts read(Path mountinfo) throws IOException {
    return parse(Files.readAllLines(mountinfo));
  }

  /** Lines of proc_pid_mountinfo(5). */
  static CgroupMounts parse(List<String> lines) {
    Map<String, Path> v1 = new TreeMap<>();
    Path v2 = null;
    for (String line : lines) {
      int dash = line.indexOf(" - ");
      if (dash < 0) continue;
      String[] mount = line.substring(0, dash).split(" ");
      String[] fs = line.substring(dash + 3).split(" ");
      if (mount.length < 5 || fs.length < 3) continue;
      Path point = Path.of(mount[4].replace("\\040", " "));
      if (fs[0].equals("cgroup2") && v2 == null) v2 = point;
      if (!fs[0].equals("cgroup")) continue;
      for (String option : fs[2].split(",")) {
        if (!OPTIONS.contains(option) && !option.startsWith("release_agent=")) {
          v1.putIfAbsent(option, point);
        }
      }
    }
    return new CgroupMounts(v1, v2);
  }

  Cgroups open(Syscalls linux, CgroupFiles files, Path systemd) throws IOException {
    Set<String> offered = new TreeSet<>();
    if (v2 != null)
      offered.addAll(List.of(files.read(v2.resolve("cgroup.controllers")).split(" ")));
    offered.remove("");
    boolean memoryOrPids = offered.contains("memory") || offered.contains("pids");
    if (v2 != null && memoryOrPids) {
      return new CgroupsV2(linux, files, writableBase(v2), offered, accountsSwap());
    }
    if (v1.containsKey("devices") && (v1.containsKey("pids") || v1.containsKey("freezer"))) {
      return new CgroupsV1(linux, files, v1, files.exists(systemd) ? tracked() : List.of());
    }
    throw new CgroupsUnusableException(reason(offered));
  }

  /** CONFIG_SWAP brings the first file; the option is known up to Linux 6.0. */
  private static boolean accountsSwap() throws IOException {
    return Files.exists(Path.of("/proc/swaps"))
        && !Files.readString(Path.of("/proc/cmdline")).contains("swapaccount=0");
  }

  /** The whole tree where it can be written, else the engine's own, delegated part of it. */
  private static Path writableBase(Path mount) throws IOException {
    if (Files.isWritable(mount)) return mount;
    for (String line : Files.readAllLines(Path.of("/proc/self/cgroup"))) {
      if (!line.startsWith("0::/")) continue;
      Path own = mount.resolve(line.substring(4));
      if (Files.isWritable(own)) return own;
    }
    throw new CgroupsUnusableException(
        "cgroup v2 at " + mount + " is read-only here, and so is the engine's own group");
  }

  /** What systemd looks at to know whose process it is: it kills the members of a stopped unit. */
  private List<Path> tracked() {
    List<Path> tracked = new ArrayList<>();
    Path named = v1.get(SYSTEMD);
    if (named != null) tracked.add(named);
    if (v2 != null) tracked.add(v2);
    return tracked;
  }

  private String reason(Set<String> offered) {
    if (v1.isEmpty() && v2 == null) {
      return "no cgroup hierarchy is mounted (mount cgroup2 on /sys/fs/cgroup)";
    }
    if (v1.isEmpty()) {
      return "cgroup v2 at "
          + v2
          + " offers neither memory nor pids, only "
          + offered
          + " (disabled on the kernel's command line, or not delegated to this group)";
    }
    return "cgroup v1 has "
        + v1.keySet()
        + " mounted; devices and one of pids or freezer are needed"
        + (v2 == null ? "" : ", and cgroup v2 at " + v2 + " has none of the controllers");
  }
}
