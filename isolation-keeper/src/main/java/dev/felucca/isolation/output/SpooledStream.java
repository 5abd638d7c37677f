package dev.felucca.isolation.output;

import dev.felucca.kernel.isolation.OutputStreamKind;
import dev.felucca.linux.Errno;
import dev.felucca.linux.Fd;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Output of a container's first process: no byte is lost or doubled when the engine is killed. */
public final class SpooledStream implements PumpedStream {
  private static final long LIMIT = 1 << 20;
  private static final int SPLICE_F_MOVE_NONBLOCK = 1 | 2;

  private final Syscalls linux;
  private final OutputStreamKind kind;
  private final Fd pipe;
  private final @Nullable Terminal terminal;
  private final Spool spool;
  private long delivered;
  private long forgotten;
  private boolean splices = true;

  /** The master, and the writing end of the pipe that its output takes on its way. */
  public record Terminal(Fd master, Fd pipe) {}

  /** Takes over all descriptors, but for when it throws. */
  public SpooledStream(
      Syscalls linux, OutputStreamKind kind, Fd pipe, @Nullable Terminal terminal, Path spool)
      throws SyscallException {
    this.linux = linux;
    this.kind = kind;
    this.pipe = pipe;
    this.terminal = terminal;
    this.spool = new Spool(linux, spool);
  }

  @Override
  public OutputStreamKind kind() {
    return kind;
  }

  @Override
  public Fill fill() throws IOException {
    if (spool.size() - delivered >= LIMIT) {
      return Fill.FULL;
    }
    long moved = spool.take(pipe);
    if (moved > 0) {
      return Fill.MORE;
    }
    if (moved == 0) {
      return Fill.ENDED;
    }
    if (!Errno.EAGAIN.is(moved)) {
      throw new SyscallException("take output from a pipe", Errno.of(moved));
    }
    return terminal == null ? Fill.DRY : fillPipe(terminal);
  }

  private Fill fillPipe(Terminal from) throws IOException {
    long moved =
        splices
            ? linux.call(
                Sysno.SPLICE,
                from.master.number(),
                0,
                from.pipe.number(),
                0,
                1 << 16,
                SPLICE_F_MOVE_NONBLOCK)
            : copy(from.master);
    if (moved > 0) {
      return Fill.MORE;
    }
    if (Errno.EINVAL.is(moved) && splices) {
      // Linux 5.10 to 5.10.7 cannot splice terminals. A kill between read and write loses a piece.
      splices = false;
      return Fill.MORE;
    }
    if (Errno.EAGAIN.is(moved)) {
      return Fill.DRY;
    }
    if (moved == 0 || Errno.EIO.is(moved)) {
      return Fill.ENDED;
    }
    throw new SyscallException("take output from a terminal", Errno.of(moved));
  }

  private long copy(Fd master) throws IOException {
    byte[] buffer = new byte[4096];
    try {
      int got = master.read(buffer);
      spool.add(Arrays.copyOf(buffer, got));
      return got;
    } catch (SyscallException e) {
      return -e.errno().number();
    }
  }

  @Override
  public long position() {
    return delivered;
  }

  @Override
  public @Nullable ByteBuffer next() throws IOException {
    if (delivered >= spool.size()) {
      return null;
    }
    ByteBuffer bytes = spool.read(delivered);
    delivered += bytes.remaining();
    return bytes;
  }

  @Override
  public void rewind(long position) {
    delivered = Math.max(forgotten, Math.min(position, spool.size()));
    forgotten = delivered;
  }

  @Override
  public void forget(long position) throws IOException {
    long upTo = Math.min(position, delivered);
    if (upTo > forgotten) {
      forgotten = upTo;
      spool.forget(upTo);
    }
  }

  @Override
  public Fd watched() {
    return terminal == null ? pipe : terminal.master;
  }

  @Override
  public void close() {
    pipe.close();
    if (terminal != null) {
      terminal.master.close();
      terminal.pipe.close();
    }
    spool.close();
  }
}
