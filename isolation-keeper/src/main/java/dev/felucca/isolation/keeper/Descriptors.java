package dev.felucca.isolation.keeper;

import dev.felucca.linux.Fd;
import dev.felucca.linux.OpenFlag;
import dev.felucca.linux.Pipe;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;

/** Small things done to descriptors. */
public final class Descriptors {
  private static final int F_SETFL = 4;

  private Descriptors() {}

  /** For every holder of the same open file, also the shim. */
  public static void nonBlocking(Syscalls linux, Fd fd) throws SyscallException {
    int flags = OpenFlag.bits(linux.arch(), OpenFlag.RDWR, OpenFlag.NONBLOCK);
    linux.check("fcntl", Sysno.FCNTL, fd.number(), F_SETFL, flags);
  }

  /** A pipe in which there is nothing and never will be. */
  public static Fd ended(Syscalls linux) throws SyscallException {
    Pipe pipe = Pipe.open(linux);
    pipe.writing().close();
    return pipe.reading();
  }
}
