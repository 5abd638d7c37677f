package dev.felucca.linux.cgroup;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * One container's control group: on v1 a directory in each of several hierarchies. A handle; the
 * kernel keeps the state.
 */
public interface Cgroup {
  /** As seen from the mount point, such as {@code /felucca/4f1c…}. */
  String path();

  /**
   * The files somebody writes a pid into to make a process a member. With {@link #directory}
   * present one clone3(2) with CLONE_INTO_CGROUP does the same.
   */
  List<Path> procsFiles();

  /**
   * The files a process that has one thread writes {@code 0} into to become a member. On v1 that is
   * {@code tasks}: a thread that moves itself is spared the lock on all forks and exits of the host
   * (from Linux 5.5), for which {@code cgroup.procs} waits a grace period of RCU, 8 to 20 ms.
   */
  List<Path> joinFiles();

  /** v2 only: what CLONE_INTO_CGROUP takes an open descriptor of (from Linux 5.7). */
  Optional<Path> directory();

  /** Changes the limits that are given and leaves the others. Works while processes run. */
  void update(CgroupLimits limits) throws IOException;

  /**
   * Stops every process until {@link #thaw}; returns when all have stopped. Repeats safely.
   *
   * @throws IOException when some did not stop in time; they are thawed then
   */
  void freeze(Duration deadline) throws IOException;

  /** Repeats safely. */
  void thaw() throws IOException;

  /** Whether every process is stopped, by whoever; false when the group is gone. */
  boolean frozen() throws IOException;

  /** Sends SIGKILL to every member, frozen or not, also ones that fork. Does not wait for ends. */
  void kill() throws IOException;

  /** Pids of the members, below groups made inside included, in this process's pid namespace. */
  List<Integer> pids() throws IOException;

  /** Reads all counters; not of one instant. */
  CgroupStats stats() throws IOException;

  /** How many members the kernel killed for want of memory. */
  long oomKills() throws IOException;

  /**
   * Tells when memory ran out; {@link #oomKills} then says whether somebody was killed. On v1 also
   * when the group is removed.
   */
  MemoryWatch memoryWatch() throws IOException;

  /**
   * Removes the group and those made inside. Waits for members that are on their way out. Repeats
   * safely.
   *
   * @throws IOException when it is still in use at the deadline, naming the pids
   */
  void remove(Duration deadline) throws IOException;
}
