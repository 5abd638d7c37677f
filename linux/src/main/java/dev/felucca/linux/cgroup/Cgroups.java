package dev.felucca.linux.cgroup;

import dev.felucca.linux.Syscalls;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/**
 * The host's control groups, see <a
 * href="https://man7.org/linux/man-pages/man7/cgroups.7.html">cgroups(7)</a>. Safe for any number
 * of threads.
 *
 * <p>Paths of groups are as seen from the mount point of the hierarchy. Under a container runtime
 * that is the engine's own group, so nothing outside of it is touched. On a systemd host a parent
 * such as {@code /felucca} is not a unit: systemd leaves groups alone that it didn't make, and
 * can't take controllers away from one that uses them.
 */
public interface Cgroups {
  /** Where the engine's containers are unless told otherwise. */
  String DEFAULT_PARENT = "/felucca";

  /** 1 or 2. */
  int version();

  /** The controllers groups can have here: {@code memory}, {@code cpu}, {@code pids}, … */
  Set<String> controllers();

  /**
   * The names of {@link CgroupLimits}' parts that a group below this parent can have. Makes the
   * parent, as some files are not at the root.
   */
  Set<Ability> abilities(String parent) throws IOException;

  /** The processors there are, such as {@code 0-3}; empty without the controller. */
  String cpus() throws IOException;

  /** The memory nodes there are; empty without the controller. */
  String memoryNodes() throws IOException;

  /** What a kernel may be able to limit. */
  enum Ability {
    MEMORY,
    SWAP,
    MEMORY_RESERVATION,
    SWAPPINESS,
    OOM_KILL_DISABLE,
    PIDS,
    CPU_SHARES,
    CPU_QUOTA,
    CPU_REALTIME,
    CPUSET,
    BLKIO_WEIGHT,
    BLKIO_WEIGHT_DEVICE,
    BLKIO_READ_BPS,
    BLKIO_WRITE_BPS,
    BLKIO_READ_IOPS,
    BLKIO_WRITE_IOPS
  }

  /**
   * Makes a group with these limits, and its parents as needed. A half-made one is removed again
   * when it fails.
   *
   * @param parent absolute, such as {@link #DEFAULT_PARENT}
   * @param id one path component
   * @throws java.nio.file.FileAlreadyExistsException when there is such a group
   * @throws IOException naming the file and value the kernel refused
   */
  Cgroup create(String parent, String id, CgroupLimits limits) throws IOException;

  /** The group that an earlier engine made; empty when it is gone. */
  Optional<Cgroup> adopt(String parent, String id) throws IOException;

  /**
   * Looks at what is mounted. v2 is taken when it has the controllers, v1 otherwise (also on hybrid
   * hosts, where v2 has none).
   *
   * @throws CgroupsUnusableException saying what is missing
   */
  static Cgroups probe(Syscalls linux) throws IOException {
    return CgroupMounts.read(Path.of("/proc/self/mountinfo"))
        .open(linux, new CgroupFiles(), Path.of("/run/systemd/system"));
  }
}
