package dev.felucca.isolation.shim;

import dev.felucca.linux.Errno;
import dev.felucca.linux.Fd;
import dev.felucca.linux.NativeMemory;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import dev.felucca.linux.process.PidFd;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A shim and the one process it started, held by descriptors. Thread-safe, but for the report,
 * which is read by who starts it.
 */
public final class ShimProcess implements AutoCloseable {
  private static final byte READY = 'R';
  private static final int SIGKILL = 9;

  private final Syscalls linux;
  private final @Nullable PidFd shim;
  private final @Nullable PidFd process;
  private final Map<Integer, Fd> descriptors;
  private boolean closed;

  ShimProcess(
      Syscalls linux, @Nullable PidFd shim, @Nullable PidFd process, Map<Integer, Fd> descriptors) {
    this.linux = linux;
    this.shim = shim;
    this.process = process;
    this.descriptors = new ConcurrentHashMap<>(descriptors);
  }

  /**
   * Holds a shim of an earlier engine; takes over both.
   *
   * @param process null when it has ended
   * @param numbers what to take of its descriptors; those that it has not (any more) are passed
   *     over
   */
  public static ShimProcess found(
      Syscalls linux, PidFd shim, @Nullable PidFd process, int... numbers) throws IOException {
    ShimProcess found = new ShimProcess(linux, shim, process, Map.of());
    for (int number : numbers) {
      try {
        found.take(number);
      } catch (SyscallException e) {
        if (e.errno() != Errno.EBADF && e.errno() != Errno.ESRCH) {
          found.close();
          throw e;
        }
      }
    }
    return found;
  }

  /** What is left when a shim was killed: perhaps the process, and nothing that it held. */
  public static ShimProcess orphan(Syscalls linux, @Nullable PidFd process) {
    return new ShimProcess(linux, null, process, Map.of());
  }

  /**
   * The shim itself.
   *
   * @throws IllegalStateException when it had ended before we came
   */
  public PidFd shim() {
    if (shim == null) {
      throw new IllegalStateException("the shim has ended");
    }
    return shim;
  }

  /**
   * The process the shim started.
   *
   * @throws IllegalStateException when it had ended before we came
   */
  public PidFd process() {
    if (process == null) {
      throw new IllegalStateException("the process has ended");
    }
    return process;
  }

  /**
   * Signals the process; false when it has ended, and after {@link #close}, which that may meet.
   */
  public synchronized boolean signal(int signal) throws SyscallException {
    return !closed && process != null && process.signal(signal);
  }

  /** One of {@link ShimFds}, as far as the engine holds it. */
  public Fd descriptor(int number) {
    return get(descriptors, number);
  }

  public boolean holds(int number) {
    Fd fd = descriptors.get(number);
    return fd != null && fd.isOpen();
  }

  /** Gives one away: whoever gets it closes it. */
  public Fd surrender(int number) {
    Fd fd = descriptors.remove(number);
    if (fd == null) {
      throw new IllegalStateException("descriptor " + number + " is not held");
    }
    return fd;
  }

  /** Takes our own descriptor of what the shim has open. */
  public void take(int number) throws SyscallException {
    descriptors.put(number, shim().getfd(number));
  }

  /** Waits until all is built; refuses as {@link ShimPlan#refuse} does. */
  public void awaitParked(ShimPlan program) throws IOException {
    byte[] ready = new byte[1];
    Fd report = descriptor(ShimFds.REPORT);
    if (report.read(ready) == 1 && ready[0] == READY) {
      return;
    }
    ByteArrayOutputStream table = new ByteArrayOutputStream();
    table.write(ready[0]);
    table.writeBytes(readAll(report));
    program.refuse(table.toByteArray());
  }

  /** Lets the process go when it comes to park. */
  public void release() throws IOException {
    try (Fd start = surrender(ShimFds.START)) {
      start.write(new byte[StatusRecord.SIZE]);
    }
  }

  /** Waits for the exec; refuses when it fails. */
  public void awaitExec(ShimPlan program) throws IOException {
    try (Fd report = surrender(ShimFds.REPORT)) {
      byte[] table = readAll(report);
      if (table.length > 0) {
        program.refuse(table);
      }
    }
  }

  /** Writes input; blocks while it is full. False when nobody reads it any more. */
  public boolean writeInput(Fd input, ByteBuffer bytes) throws IOException {
    byte[] chunk = new byte[Math.min(bytes.remaining(), 32 * 1024)];
    while (bytes.hasRemaining()) {
      int length = Math.min(bytes.remaining(), chunk.length);
      bytes.duplicate().get(chunk, 0, length);
      try (NativeMemory memory = new NativeMemory()) {
        long address = memory.bytes(Arrays.copyOf(chunk, length));
        long written = linux.call(Sysno.WRITE, input.number(), address, length);
        if (Errno.EAGAIN.is(written)) {
          long poll = memory.longs(input.number() | 4L << 32);
          linux.call(Sysno.PPOLL, poll, 1, 0, 0, 8);
        } else if (Errno.EPIPE.is(written) || Errno.EIO.is(written)) {
          return false;
        } else if (Errno.failed(written) && !Errno.EINTR.is(written)) {
          throw new SyscallException("write standard input", Errno.of(written));
        } else if (written > 0) {
          bytes.position(bytes.position() + (int) written);
        }
      }
    }
    return true;
  }

  /** Closes the process's input, ours and the shim's. */
  public void closeInput() throws IOException {
    Fd input = descriptors.remove(ShimFds.INPUT);
    if (input != null) {
      input.close();
    }
    Fd control = descriptors.get(ShimFds.CONTROL_WRITE);
    if (control != null) {
      long written;
      try (NativeMemory memory = new NativeMemory()) {
        written = linux.call(Sysno.WRITE, control.number(), memory.bytes(new byte[1]), 1);
      }
      // A full pipe holds more requests than are needed; without a reader the shim is gone.
      if (Errno.failed(written) && !Errno.EAGAIN.is(written) && !Errno.EPIPE.is(written)) {
        throw new SyscallException("close standard input", Errno.of(written));
      }
    }
  }

  /**
   * Ends the shim, whose process must have ended, and waits for it where that is ours to do: it may
   * be a child of this JVM also when an earlier bundle started it. Does nothing after {@link
   * #close}: the last output may be dealt with while the container is deleted.
   */
  public synchronized void dismiss() throws IOException {
    if (shim == null || closed) {
      return;
    }
    end(shim);
  }

  /** Kills a shim and, when it is a child of this JVM, takes it from the list of the dead. */
  public static void end(PidFd shim) throws SyscallException {
    shim.signal(SIGKILL);
    try {
      shim.await();
    } catch (SyscallException e) {
      if (e.errno() != Errno.ECHILD) {
        throw e;
      }
    }
  }

  /** Ends both, of which nobody was told yet, and lets go of them. */
  public void abandon(Exception why) {
    try {
      signal(SIGKILL);
      dismiss();
    } catch (IOException e) {
      why.addSuppressed(e);
    } finally {
      close();
    }
  }

  /** Lets go of everything and ends nothing. */
  @Override
  public synchronized void close() {
    closed = true;
    descriptors.values().forEach(Fd::close);
    if (process != null) {
      process.close();
    }
    if (shim != null) {
      shim.close();
    }
  }

  static byte[] readAll(Fd fd) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    byte[] buffer = new byte[8192];
    for (int got = fd.read(buffer); got > 0; got = fd.read(buffer)) {
      all.write(buffer, 0, got);
    }
    return all.toByteArray();
  }

  static Fd get(Map<Integer, Fd> from, int number) {
    Fd fd = from.get(number);
    if (fd == null) {
      throw new IllegalStateException("descriptor " + number + " is not held");
    }
    return fd;
  }
}
