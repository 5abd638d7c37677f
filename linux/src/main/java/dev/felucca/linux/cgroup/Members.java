package dev.felucca.linux.cgroup;

import dev.felucca.linux.Errno;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/** What both versions do to the members of groups. */
final class Members {
  private static final int SIGKILL = 9;
  private static final int ROUNDS = 50;
  private static final long FIRST_PAUSE = 100_000;
  private static final long LONGEST_PAUSE = 10_000_000;

  private Members() {}

  /** A claim that may become true. */
  interface Condition {
    boolean holds() throws IOException;
  }

  /** Looks again after growing pauses; false when the deadline came first. */
  static boolean await(Duration deadline, Condition condition) throws IOException {
    long end = System.nanoTime() + deadline.toNanos();
    for (long pause = FIRST_PAUSE; !condition.holds(); pause = Math.min(2 * pause, LONGEST_PAUSE)) {
      if (System.nanoTime() - end >= 0) return false;
      LockSupport.parkNanos(pause);
    }
    return true;
  }

  /** Signals until a round meets nobody new: who forked before its own end came is met again. */
  static void kill(Syscalls linux, CgroupFiles files, Path directory) throws IOException {
    Set<Integer> met = new HashSet<>();
    for (int round = 0; round < ROUNDS; round++) {
      boolean news = false;
      for (int pid : files.pids(directory)) {
        // 0 is a member outside of this pid namespace: kill(0) would be the engine's own group.
        if (pid <= 0) continue;
        news |= met.add(pid);
        long result = linux.call(Sysno.KILL, pid, SIGKILL);
        if (Errno.failed(result) && !Errno.ESRCH.is(result)) {
          throw new IOException("kill " + pid + " of " + directory + ": " + Errno.of(result));
        }
      }
      if (!news) return;
    }
  }

  /** Removes each tree, waiting while members are on their way out. */
  static void remove(CgroupFiles files, List<Path> directories, Duration deadline)
      throws IOException {
    long end = System.nanoTime() + deadline.toNanos();
    for (Path directory : directories) {
      Duration left = Duration.ofNanos(Math.max(0, end - System.nanoTime()));
      if (await(left, () -> removed(files, directory))) continue;
      throw new IOException(
          "remove " + directory + ": still in use, members " + files.pids(directory));
    }
  }

  private static boolean removed(CgroupFiles files, Path directory) throws IOException {
    for (Path each : files.tree(directory)) {
      try {
        files.rmdir(each);
      } catch (NoSuchFileException e) {
        continue; // somebody else was faster, which is what we want
      } catch (IOException e) {
        if (CgroupFiles.reason(e).contains("busy")) return false;
        throw new IOException("remove " + each + ": " + CgroupFiles.reason(e), e);
      }
    }
    return true;
  }
}
