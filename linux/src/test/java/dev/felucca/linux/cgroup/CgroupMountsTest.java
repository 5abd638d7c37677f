package dev.felucca.linux.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.linux.LinuxSyscalls;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CgroupMountsTest {
  private static final Path NOT_SYSTEMD = Path.of("/nonexistent/systemd");

  private static String line(Object point, String type, String options) {
    return "36 35 0:30 / " + point + " rw,nosuid shared:9 - " + type + " cgroup rw," + options;
  }

  private static Cgroups open(CgroupMounts mounts) throws Exception {
    return mounts.open(LinuxSyscalls.load(), new CgroupFiles(), NOT_SYSTEMD);
  }

  @Test
  void controllersAreFoundWhereTheyAreMounted() {
    CgroupMounts mounts =
        CgroupMounts.parse(
            List.of(
                "22 1 8:1 / / rw - ext4 /dev/sda1 rw",
                line("/sys/fs/cgroup/cpu,cpuacct", "cgroup", "cpu,cpuacct"),
                line("/sys/fs/cgroup/memory", "cgroup", "memory,release_agent=/x"),
                line("/sys/fs/cgroup/systemd", "cgroup", "xattr,name=systemd"),
                line("/sys/fs/cgroup/unified", "cgroup2", "nsdelegate")));
    assertEquals(
        Map.of(
            "cpu", Path.of("/sys/fs/cgroup/cpu,cpuacct"),
            "cpuacct", Path.of("/sys/fs/cgroup/cpu,cpuacct"),
            "memory", Path.of("/sys/fs/cgroup/memory"),
            "name=systemd", Path.of("/sys/fs/cgroup/systemd")),
        mounts.v1());
    assertEquals(Path.of("/sys/fs/cgroup/unified"), mounts.v2());
    assertNull(CgroupMounts.parse(List.of()).v2());
  }

  @Test
  void v2IsTakenOnlyWithControllers(@TempDir Path v2) throws Exception {
    CgroupMounts hybrid =
        CgroupMounts.parse(
            List.of(
                line("/c/devices", "cgroup", "devices"),
                line("/c/freezer", "cgroup", "freezer"),
                line(v2, "cgroup2", "nsdelegate")));
    Files.writeString(v2.resolve("cgroup.controllers"), "\n");
    Cgroups v1 = open(hybrid);
    assertEquals(1, v1.version());
    assertEquals(Set.of("devices", "freezer"), v1.controllers());
    Files.writeString(v2.resolve("cgroup.controllers"), "cpu io memory pids\n");
    assertEquals(2, open(hybrid).version());
  }

  @Test
  void whatIsMissingIsSaid(@TempDir Path v2) throws Exception {
    Files.writeString(v2.resolve("cgroup.controllers"), "cpuset\n");
    for (Map.Entry<List<String>, String> each :
        Map.of(
                List.<String>of(), "no cgroup hierarchy is mounted",
                List.of(line(v2, "cgroup2", "x")), "neither memory nor pids, only [cpuset]",
                List.of(line("/c", "cgroup", "memory")), "has [memory] mounted; devices and")
            .entrySet()) {
      CgroupsUnusableException unusable =
          assertThrows(
              CgroupsUnusableException.class, () -> open(CgroupMounts.parse(each.getKey())));
      assertTrue(unusable.getMessage().contains(each.getValue()), unusable.getMessage());
    }
  }

  @Test
  void namesOfGroupsStayInside() {
    assertEquals("felucca/a", Parents.relative("/felucca", "a"));
    assertEquals("a/b/c", Parents.relative("a/b/", "c"));
    for (String id : List.of("", ".", "..", "a/b", "/")) {
      assertThrows(IllegalArgumentException.class, () -> Parents.relative("/felucca", id), id);
    }
    assertThrows(IllegalArgumentException.class, () -> Parents.relative("/a/../..", "b"));
  }
}
