package dev.felucca.linux.cgroup;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.felucca.linux.LinuxSyscalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;

class CgroupsV1KernelTest extends CgroupContract {
  private CgroupMounts mounts;

  @Override
  Cgroups open() throws IOException {
    mounts = CgroupMounts.read(Path.of("/proc/self/mountinfo"));
    assumeTrue(mounts.v1().containsKey("devices"), "no cgroup v1 here");
    return new CgroupsV1(LinuxSyscalls.load(), new CgroupFiles(), mounts.v1(), List.of());
  }

  @Override
  void removeParent(String parent) throws IOException {
    for (Path mount : new HashSet<>(mounts.v1().values())) {
      Files.deleteIfExists(mount.resolve(parent.substring(1)));
    }
  }

  @Override
  String readFile(Cgroup group, String controller, String file) throws IOException {
    Path mount = mounts.v1().get(controller);
    return Files.readString(mount.resolve(group.path().substring(1)).resolve(file)).trim();
  }
}
