package dev.felucca.linux;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * The one owner of a file descriptor. {@link #close} may be called any number of times, from any
 * thread, and closes once; using it afterwards is an {@link IllegalStateException}, never somebody
 * else's descriptor.
 */
public final class Fd implements AutoCloseable {
  private static final int CLOSED = -1;
  private static final int F_DUPFD_CLOEXEC = 1030;

  private final Syscalls linux;
  private final AtomicInteger number;

  /** Takes over {@code number}. */
  public Fd(Syscalls linux, long number) {
    if (number < 0 || number > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("not a file descriptor: " + number);
    }
    this.linux = linux;
    this.number = new AtomicInteger((int) number);
  }

  public int number() {
    int open = number.get();
    if (open == CLOSED) {
      throw new IllegalStateException("file descriptor is closed");
    }
    return open;
  }

  public boolean isOpen() {
    return number.get() != CLOSED;
  }

  /**
   * read(2).
   *
   * @return how many bytes were read, 0 at the end
   */
  public int read(byte[] into) throws SyscallException {
    try (NativeMemory memory = new NativeMemory()) {
      long buffer = memory.allocate(into.length);
      int got = (int) linux.check("read", Sysno.READ, number(), buffer, into.length);
      System.arraycopy(memory.read(buffer, got), 0, into, 0, got);
      return got;
    }
  }

  /** Writes all of it, with as many write(2) as it takes. */
  public void write(byte[] bytes) throws SyscallException {
    try (NativeMemory memory = new NativeMemory()) {
      long buffer = memory.bytes(bytes);
      int done = 0;
      while (done < bytes.length) {
        done +=
            (int) linux.check("write", Sysno.WRITE, number(), buffer + done, bytes.length - done);
      }
    }
  }

  /** Another descriptor of the same open file, close-on-exec. */
  public Fd dup() throws SyscallException {
    return new Fd(linux, linux.check("dup", Sysno.FCNTL, number(), F_DUPFD_CLOEXEC, 0));
  }

  /** close(2) frees the number even when it reports an error, so it is never tried again. */
  @Override
  public void close() {
    int open = number.getAndSet(CLOSED);
    if (open != CLOSED) {
      linux.call(Sysno.CLOSE, open);
    }
  }

  @Override
  public String toString() {
    int open = number.get();
    return open == CLOSED ? "fd(closed)" : "fd(" + open + ")";
  }
}
