package dev.felucca.isolation.shim;

import dev.felucca.linux.Errno;
import dev.felucca.linux.Fd;
import dev.felucca.linux.NativeMemory;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import java.time.Duration;

/** Waits for a descriptor, and not for ever: ppoll(2). */
public final class Waiting {
  private static final long POLLIN = 1L << 32;

  private Waiting() {}

  /** Whether there is something to read, or an end, before this time has gone. */
  public static boolean readable(Syscalls linux, Fd fd, Duration patience) throws SyscallException {
    long deadline = System.nanoTime() + patience.toNanos();
    try (NativeMemory memory = new NativeMemory()) {
      long poll = memory.longs(fd.number() | POLLIN);
      for (long left = patience.toNanos(); left > 0; left = deadline - System.nanoTime()) {
        long time = memory.longs(left / 1_000_000_000, left % 1_000_000_000);
        long ready = linux.call(Sysno.PPOLL, poll, 1, time, 0, 8);
        if (ready > 0) {
          return true;
        }
        if (Errno.failed(ready) && !Errno.EINTR.is(ready)) {
          throw new SyscallException("wait for a descriptor", Errno.of(ready));
        }
      }
      return false;
    }
  }
}
