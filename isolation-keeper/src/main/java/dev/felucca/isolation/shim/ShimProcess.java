package dev.felucca.isolation.shim;

import dev.felucca.linux.Errno;
import dev.felucca.linux.Fd;
import dev.felucca.linux.NativeMemory;
import dev.felucca.linux.Program;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import dev.felucca.linux.process.Launcher;
import dev.felucca.linux.process.PidFd;
import dev.felucca.linux.process.WaitStatus;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** A shim and the one process it started, held by descriptors. */
public final class ShimProcess implements AutoCloseable {
  private static final byte READY = 'R';
  private static final int SIGKILL = 9;
  private static final int PID_SIZE = 4;

  private final Syscalls linux;
  private final @Nullable PidFd shim;
  private final @Nullable PidFd process;
  private final Map<Integer, Fd> descriptors;
  private boolean closed;

  private ShimProcess(
      Syscalls linux, @Nullable PidFd shim, @Nullable PidFd process, Map<Integer, Fd> descriptors) {
    this.linux = linux;
    this.shim = shim;
    this.process = process;
    this.descriptors = new ConcurrentHashMap<>(descriptors);
  }

  /**
   * Starts a shim; returns when its process exists. The process parks itself, see {@link
   * #awaitParked}.
   *
   * @param lasting as the program was made
   * @param status the file behind {@link ShimFds#STATUS}; stays the caller's
   * @param more what else the shim is to have, by number; stays the caller's
   */
  public static ShimProcess launch(
      Syscalls linux,
      Launcher launcher,
      ShimPlan program,
      boolean openStdin,
      boolean lasting,
      Fd status,
      Map<Integer, Fd> more)
      throws IOException {
    try (ShimPipes pipes = new ShimPipes(linux)) {
      pipes.open(program.tty(), openStdin, lasting);
      pipes.give(ShimFds.STATUS, status);
      more.forEach(pipes::give);
      Program first = program.first();
      if (first != null) {
        pipes.giveOwn(ShimFds.INIT, launcher.executable(first, "docker-init"));
      }
      PidFd shim = launcher.launch(program.program(), "felucca-shim", pipes.given());
      Map<Integer, Fd> kept = pipes.keep();
      try {
        // Now only the shim has the writing ends: their end means its end.
        pipes.close();
        return new ShimProcess(linux, shim, firstReport(linux, kept, program), kept);
      } catch (IOException | RuntimeException e) {
        kept.values().forEach(Fd::close);
        try (shim) {
          shim.signal(SIGKILL);
          shim.await();
        } catch (IOException later) {
          e.addSuppressed(later);
        }
        throw e;
      }
    }
  }

  /** Tells the pid of the process that another program made, or why there is none. */
  public interface Made {
    /**
     * @param maker how that program ended
     */
    int pid(WaitStatus maker) throws IOException;
  }

  /**
   * Starts a shim that runs another program, which makes the process; returns when that has ended
   * and the process is there. The shim waits to be told of it, see {@link #release}. A program that
   * is not back in time is killed, with all that it started, and so is one that is cancelled.
   *
   * @param what the program and what it is to do
   */
  public static ShimProcess launchMade(
      Syscalls linux,
      Launcher launcher,
      ShimPlan program,
      boolean openStdin,
      boolean lasting,
      Fd status,
      Map<Integer, Fd> more,
      String what,
      Duration patience,
      Cancellation cancellation,
      Made made)
      throws IOException {
    try (ShimPipes pipes = new ShimPipes(linux)) {
      pipes.open(program.tty(), openStdin, lasting);
      pipes.give(ShimFds.STATUS, status);
      more.forEach(pipes::give);
      PidFd shim = launcher.launch(program.program(), "felucca-shim", pipes.given());
      Map<Integer, Fd> kept = pipes.keep();
      try {
        pipes.close();
        Fd report = get(kept, ShimFds.REPORT);
        if (!cancellation.during(
            () -> Waiting.readable(linux, report, patience),
            () -> Descendants.kill(linux, shim.pid()))) {
          Descendants.kill(linux, shim.pid());
          throw new IOException(what + ": has not returned for " + patience.toSeconds() + " s");
        }
        PidFd process = madeReport(linux, kept, program, made);
        return new ShimProcess(linux, shim, process, kept);
      } catch (IOException | RuntimeException e) {
        kept.values().forEach(Fd::close);
        try (shim) {
          shim.signal(SIGKILL);
          shim.await();
        } catch (IOException later) {
          e.addSuppressed(later);
        }
        throw e;
      }
    }
  }

  private static PidFd madeReport(
      Syscalls linux, Map<Integer, Fd> kept, ShimPlan program, Made made) throws IOException {
    Fd report = get(kept, ShimFds.REPORT);
    byte[] head = new byte[PID_SIZE];
    int got = report.read(head);
    // A signal's number comes first in siginfo_t, and SIGCHLD is not 0.
    if (got < PID_SIZE || ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN).getInt() == 0) {
      program.refuse(readAll(report));
    }
    byte[] info = Arrays.copyOf(head, WaitStatus.SIGINFO_SIZE);
    byte[] rest = new byte[WaitStatus.SIGINFO_SIZE - PID_SIZE];
    if (report.read(rest) < rest.length) {
      throw new IOException("a shim ended before its time");
    }
    System.arraycopy(rest, 0, info, PID_SIZE, rest.length);
    int pid =
        made.pid(
            WaitStatus.of(info)
                .orElseThrow(() -> new IOException("a shim told nothing of what it ran")));
    return PidFd.open(linux, pid)
        .orElseThrow(() -> new IOException("process " + pid + " ended before its time"));
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

  private static PidFd firstReport(Syscalls linux, Map<Integer, Fd> kept, ShimPlan program)
      throws IOException {
    Fd report = get(kept, ShimFds.REPORT);
    byte[] pid = new byte[PID_SIZE];
    int got = report.read(pid);
    int number = ByteBuffer.wrap(pid).order(ByteOrder.LITTLE_ENDIAN).getInt();
    if (got < PID_SIZE || number == 0) {
      program.refuse(readAll(report));
    }
    return PidFd.open(linux, number)
        .orElseThrow(() -> new IOException("process " + number + " ended before its time"));
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

  /** Signals the process; false when it has ended. */
  public boolean signal(int signal) throws SyscallException {
    return process != null && process.signal(signal);
  }

  /** One of {@link ShimFds}, as far as the engine holds it. */
  public Fd descriptor(int number) {
    return get(descriptors, number);
  }

  public boolean holds(int number) {
    return descriptors.containsKey(number);
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

  private static byte[] readAll(Fd fd) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    byte[] buffer = new byte[8192];
    for (int got = fd.read(buffer); got > 0; got = fd.read(buffer)) {
      all.write(buffer, 0, got);
    }
    return all.toByteArray();
  }

  private static Fd get(Map<Integer, Fd> from, int number) {
    Fd fd = from.get(number);
    if (fd == null) {
      throw new IllegalStateException("descriptor " + number + " is not held");
    }
    return fd;
  }
}
