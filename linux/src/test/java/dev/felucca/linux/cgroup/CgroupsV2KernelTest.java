package dev.felucca.linux.cgroup;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.felucca.linux.LinuxSyscalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;

/** On a hybrid host v2 has no controllers, and still freezes, kills, and judges devices. */
class CgroupsV2KernelTest extends CgroupContract {
  private Path mount;

  @Override
  Cgroups open() throws IOException {
    mount = CgroupMounts.read(Path.of("/proc/self/mountinfo")).v2();
    assumeTrue(mount != null, "no cgroup v2 here");
    CgroupFiles files = new CgroupFiles();
    Set<String> offered =
        new TreeSet<>(Set.of(files.read(mount.resolve("cgroup.controllers")).split(" ")));
    offered.remove("");
    return new CgroupsV2(LinuxSyscalls.load(), files, mount, offered, true);
  }

  @Override
  void removeParent(String parent) throws IOException {
    Files.deleteIfExists(mount.resolve(parent.substring(1)));
  }

  @Override
  String readFile(Cgroup group, String controller, String file) throws IOException {
    return Files.readString(group.directory().orElseThrow().resolve(file)).trim();
  }
}
