package dev.felucca.linux.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.linux.LinuxSyscalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who is moved where on v1, on plain files that look like two hierarchies. */
class CgroupV1FilesTest {
  @TempDir Path root;
  private Path members;

  @BeforeEach
  void hierarchies() throws IOException {
    members = Files.createDirectories(root.resolve("freezer/one")).resolve("cgroup.procs");
    Files.writeString(members, "42\n");
    Files.createDirectory(root.resolve("pids"));
  }

  private Cgroup group(CgroupFiles files) {
    Map<String, Path> mounts =
        Map.of("freezer", root.resolve("freezer"), "pids", root.resolve("pids"));
    return new CgroupV1(LinuxSyscalls.load(), files, mounts, List.of(), "one");
  }

  @Test
  void whoEndsWhileTheyAreMovedIsWaitedFor() throws Exception {
    CgroupFiles files =
        new CgroupFiles() {
          private int looks;

          /** The kernel passes over the pid of one that is ending, without an error. */
          @Override
          void mkdir(Path directory) throws IOException {
            super.mkdir(directory);
            Files.createSymbolicLink(directory.resolve("cgroup.procs"), Path.of("/dev/null"));
            Files.createFile(directory.resolve("pids.max"));
          }

          @Override
          List<Integer> pids(Path directory) throws IOException {
            boolean lists = directory.startsWith(root.resolve("freezer"));
            if (lists && ++looks == 100) Files.writeString(members, "");
            return super.pids(directory);
          }
        };
    group(files).update(CgroupLimits.NONE.withPids(7));
    assertEquals("7", Files.readString(root.resolve("pids/one/pids.max")));
    assertTrue(files.pids(root.resolve("freezer/one")).isEmpty());
    Files.delete(root.resolve("pids/one/cgroup.procs"));
  }

  @Test
  void whoWasNotMovedWhenTheGroupWasMadeIsMovedByTheNextLimit() throws Exception {
    Path made = Files.createDirectory(root.resolve("pids/one"));
    Files.createFile(made.resolve("cgroup.procs"));
    Files.createFile(made.resolve("pids.max"));
    group(new CgroupFiles()).update(CgroupLimits.NONE.withPids(7));
    assertEquals("42", Files.readString(made.resolve("cgroup.procs")));
  }
}
