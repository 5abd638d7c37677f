package dev.felucca.isolation.output;

import dev.felucca.kernel.isolation.OutputStreamKind;
import dev.felucca.linux.Errno;
import dev.felucca.linux.Fd;
import dev.felucca.linux.NativeMemory;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Output of a later process, kept nowhere: what is not delivered stays in its pipe. */
public final class DirectStream implements PumpedStream {
  private static final int CHUNK = 32 * 1024;

  private final Syscalls linux;
  private final OutputStreamKind kind;
  private final Fd source;
  private @Nullable ByteBuffer waiting;
  private long position;

  /** Takes over a descriptor that does not block. */
  public DirectStream(Syscalls linux, OutputStreamKind kind, Fd source) {
    this.linux = linux;
    this.kind = kind;
    this.source = source;
  }

  @Override
  public OutputStreamKind kind() {
    return kind;
  }

  @Override
  public Fill fill() throws IOException {
    if (waiting != null) {
      return Fill.FULL;
    }
    try (NativeMemory memory = new NativeMemory()) {
      long buffer = memory.allocate(CHUNK);
      long got = linux.call(Sysno.READ, source.number(), buffer, CHUNK);
      if (got > 0) {
        waiting = ByteBuffer.wrap(memory.read(buffer, (int) got));
        return Fill.MORE;
      }
      // EIO: the last descriptor of the terminal's other side was closed.
      if (got == 0 || Errno.EIO.is(got)) {
        return Fill.ENDED;
      }
      if (Errno.EAGAIN.is(got)) {
        return Fill.DRY;
      }
      throw new SyscallException("read output", Errno.of(got));
    }
  }

  @Override
  public long position() {
    return position;
  }

  @Override
  public @Nullable ByteBuffer next() {
    ByteBuffer bytes = waiting;
    waiting = null;
    if (bytes != null) {
      position += bytes.remaining();
    }
    return bytes;
  }

  /** Nothing is kept. */
  @Override
  public void rewind(long position) {}

  @Override
  public void forget(long position) {}

  @Override
  public Fd watched() {
    return source;
  }

  @Override
  public void close() {
    source.close();
  }
}
