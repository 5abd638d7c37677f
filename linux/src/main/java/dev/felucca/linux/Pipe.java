package dev.felucca.linux;

/** Both ends of a pipe, close-on-exec. */
public record Pipe(Fd reading, Fd writing) implements AutoCloseable {
  /** pipe2(2); {@code flags} such as NONBLOCK hold for both ends. */
  public static Pipe open(Syscalls linux, OpenFlag... flags) throws SyscallException {
    try (NativeMemory memory = new NativeMemory()) {
      long ends = memory.allocate(8);
      long bits =
          OpenFlag.bits(linux.arch(), flags) | OpenFlag.bits(linux.arch(), OpenFlag.CLOEXEC);
      linux.check("make a pipe", Sysno.PIPE2, ends, bits);
      return new Pipe(new Fd(linux, memory.getInt(ends)), new Fd(linux, memory.getInt(ends + 4)));
    }
  }

  @Override
  public void close() {
    reading.close();
    writing.close();
  }
}
