package dev.felucca.linux.process;

import dev.felucca.linux.Errno;
import dev.felucca.linux.Fd;
import dev.felucca.linux.LinuxFiles;
import dev.felucca.linux.OpenFlag;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * A process across restarts of the JVM: pids are reused, a pid with its start time is not.
 *
 * @param startTime in clock ticks since boot, field 22 of proc_pid_stat(5)
 */
public record ProcessIdentity(int pid, long startTime) {

  /** The process that has this pid now; empty when there is none. */
  public static Optional<ProcessIdentity> of(Syscalls linux, int pid) throws SyscallException {
    try (Fd stat =
        new LinuxFiles(linux)
            .openat(LinuxFiles.AT_FDCWD, "/proc/" + pid + "/stat", 0, OpenFlag.RDONLY)) {
      byte[] bytes = new byte[4096];
      String text = new String(bytes, 0, stat.read(bytes), StandardCharsets.ISO_8859_1);
      // The second field is the name, in parentheses, and may itself hold blanks and parentheses.
      String[] fields = text.substring(text.lastIndexOf(')') + 2).split(" ", -1);
      return Optional.of(new ProcessIdentity(pid, Long.parseLong(fields[19])));
    } catch (SyscallException e) {
      if (e.errno() == Errno.ENOENT || e.errno() == Errno.ESRCH) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** Holds that very process; empty when it is gone, whoever has its pid now. */
  public Optional<PidFd> open(Syscalls linux) throws SyscallException {
    Optional<PidFd> held = PidFd.open(linux, pid);
    if (held.isEmpty()) {
      return held;
    }
    // Only after the pidfd pins the pid does the comparison say something about it.
    if (of(linux, pid).filter(this::equals).isPresent()) {
      return held;
    }
    held.get().close();
    return Optional.empty();
  }
}
