package dev.felucca.isolation.host;

import dev.felucca.kernel.EngineException;
import dev.felucca.linux.Errno;
import dev.felucca.linux.Fd;
import dev.felucca.linux.NativeMemory;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;

/** How many files this process may have open, and whether there is room among them. */
public final class OpenFileLimit {
  private static final int RLIMIT_NOFILE = 7;
  private static final int CLOEXEC = 02000000;

  /**
   * What is kept for clients and for containers that run: with none left at all nobody could even
   * say stop.
   */
  private static final int KEPT_MOST = 128;

  private static final int KEPT_PART = 8;

  /** A further process takes some forty for a moment, half of them in the child that becomes it. */
  private static final int KEPT_LEAST = 64;

  private OpenFileLimit() {}

  /**
   * Returns when there is room for one more container, which needs about forty while it starts.
   *
   * @throws EngineException UNAVAILABLE when there is not, before anything is begun
   */
  public static void requireRoom(Syscalls linux) throws SyscallException {
    long lowest = linux.call(Sysno.EVENTFD2, 0, CLOEXEC);
    if (!Errno.failed(lowest)) {
      new Fd(linux, lowest).close();
    } else if (!Errno.EMFILE.is(lowest)) {
      throw new SyscallException("eventfd", Errno.of(lowest));
    }
    requireRoom(limit(linux), lowest);
  }

  /**
   * @param lowest what the kernel gives next, which is the lowest number that is free: so many are
   *     open at least. Or a failure, where none is
   */
  static void requireRoom(long limit, long lowest) {
    long part = Long.divideUnsigned(limit, KEPT_PART);
    long kept = Math.max(KEPT_LEAST, Math.min(KEPT_MOST, part));
    if (Errno.failed(lowest) || Long.compareUnsigned(lowest + kept, limit) >= 0) {
      throw new EngineException(
          EngineException.Kind.UNAVAILABLE,
          "the engine may have only %s files open (ulimit -n), which is too few for another container"
              .formatted(Long.toUnsignedString(limit)));
    }
  }

  private static long limit(Syscalls linux) throws SyscallException {
    try (NativeMemory memory = new NativeMemory()) {
      long values = memory.allocate(16);
      linux.check("getrlimit", Sysno.PRLIMIT64, 0, RLIMIT_NOFILE, 0, values);
      return memory.getLong(values);
    }
  }
}
