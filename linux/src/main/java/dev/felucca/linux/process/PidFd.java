package dev.felucca.linux.process;

import dev.felucca.linux.Errno;
import dev.felucca.linux.Fd;
import dev.felucca.linux.NativeMemory;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import java.util.Optional;

/** A process held by a descriptor: its pid may be reused, this never means another. */
public final class PidFd implements AutoCloseable {
  private static final int P_PIDFD = 3;
  private static final int WNOHANG = 1;
  private static final int WEXITED = 4;
  private static final int WALL = 0x40000000;

  private final Syscalls linux;
  private final int pid;
  private final Fd fd;

  public PidFd(Syscalls linux, int pid, Fd fd) {
    this.linux = linux;
    this.pid = pid;
    this.fd = fd;
  }

  /** pidfd_open(2); empty when there is no such process (any more). */
  public static Optional<PidFd> open(Syscalls linux, int pid) throws SyscallException {
    long result = linux.call(Sysno.PIDFD_OPEN, pid, 0);
    if (Errno.ESRCH.is(result)) {
      return Optional.empty();
    }
    if (Errno.failed(result)) {
      throw new SyscallException("open process " + pid, Errno.of(result));
    }
    return Optional.of(new PidFd(linux, pid, new Fd(linux, result)));
  }

  public int pid() {
    return pid;
  }

  public Fd fd() {
    return fd;
  }

  /** pidfd_send_signal(2). False when the process has ended and been waited for. */
  public boolean signal(int signal) throws SyscallException {
    long result = linux.call(Sysno.PIDFD_SEND_SIGNAL, fd.number(), signal, 0, 0);
    if (Errno.ESRCH.is(result)) {
      return false;
    }
    if (Errno.failed(result)) {
      throw new SyscallException("signal process " + pid, Errno.of(result));
    }
    return true;
  }

  /** pidfd_getfd(2), from Linux 5.6: our own descriptor of what that process has open. */
  public Fd getfd(int number) throws SyscallException {
    return new Fd(
        linux,
        linux.check(
            "take descriptor " + number + " of process " + pid,
            Sysno.PIDFD_GETFD,
            fd.number(),
            number,
            0));
  }

  /**
   * waitid(2) for a child of this JVM, which frees its pid. Empty while it runs.
   *
   * @throws SyscallException ECHILD when it is not our child or was waited for
   */
  public Optional<WaitStatus> poll() throws SyscallException {
    return wait(WEXITED | WNOHANG | WALL);
  }

  /** As {@link #poll}, but waits for the end. */
  public WaitStatus await() throws SyscallException {
    return wait(WEXITED | WALL).orElseThrow();
  }

  private Optional<WaitStatus> wait(int options) throws SyscallException {
    try (NativeMemory memory = new NativeMemory()) {
      long info = memory.allocate(WaitStatus.SIGINFO_SIZE);
      linux.check("wait for process " + pid, Sysno.WAITID, P_PIDFD, fd.number(), info, options, 0);
      return WaitStatus.of(memory.read(info, WaitStatus.SIGINFO_SIZE));
    }
  }

  @Override
  public void close() {
    fd.close();
  }

  @Override
  public String toString() {
    return "process " + pid;
  }
}
