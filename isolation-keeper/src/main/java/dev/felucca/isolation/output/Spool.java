package dev.felucca.isolation.output;

import dev.felucca.linux.Errno;
import dev.felucca.linux.Fd;
import dev.felucca.linux.LinuxFiles;
import dev.felucca.linux.NativeMemory;
import dev.felucca.linux.OpenFlag;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * A file that output passes through. Its size is the count of all bytes that ever came, so there is
 * nothing besides it that could disagree with it; what has been dealt with is punched out, and
 * takes no space. A byte is either in the pipe or in here, as splice(2) moves it in one call.
 */
final class Spool implements AutoCloseable {
  private static final int CHUNK = 32 * 1024;
  private static final int SPLICE_LENGTH = 1 << 20;
  private static final int SPLICE_F_MOVE_NONBLOCK = 1 | 2;
  private static final int PUNCH_HOLE_KEEP_SIZE = 2 | 1;
  private static final int PAGE = 4096;
  private static final int SEEK_END = 2;

  private final Syscalls linux;
  private final Fd file;
  private long size;
  private long forgotten;

  /** Opens it, continuing what is there. */
  Spool(Syscalls linux, Path path) throws SyscallException {
    this.linux = linux;
    this.file =
        new LinuxFiles(linux)
            .openat(LinuxFiles.AT_FDCWD, path.toString(), 0600, OpenFlag.RDWR, OpenFlag.CREAT);
    try {
      this.size = linux.check("size of " + path, Sysno.LSEEK, file.number(), 0, SEEK_END);
    } catch (SyscallException e) {
      file.close();
      throw e;
    }
  }

  /** How many bytes ever came. */
  long size() {
    return size;
  }

  /**
   * Moves what is in the pipe.
   *
   * @return how many bytes came, 0 at the pipe's end, or -errno
   */
  long take(Fd pipe) {
    try (NativeMemory memory = new NativeMemory()) {
      long offset = memory.longs(size);
      long moved =
          linux.call(
              Sysno.SPLICE,
              pipe.number(),
              0,
              file.number(),
              offset,
              SPLICE_LENGTH,
              SPLICE_F_MOVE_NONBLOCK);
      if (moved > 0) {
        size += moved;
      }
      return moved;
    }
  }

  /** Adds bytes that came another way. */
  void add(byte[] bytes) throws SyscallException {
    try (NativeMemory memory = new NativeMemory()) {
      long address = memory.bytes(bytes);
      for (int done = 0; done < bytes.length; ) {
        done +=
            (int)
                linux.check(
                    "write output",
                    Sysno.PWRITE64,
                    file.number(),
                    address + done,
                    bytes.length - done,
                    size + done);
      }
      size += bytes.length;
    }
  }

  /** Some of the bytes from there on; none at the end. */
  ByteBuffer read(long position) throws SyscallException {
    int length = (int) Math.min(CHUNK, size - position);
    try (NativeMemory memory = new NativeMemory()) {
      long address = memory.allocate(length);
      long got =
          linux.check("read output", Sysno.PREAD64, file.number(), address, length, position);
      return ByteBuffer.wrap(memory.read(address, (int) got));
    }
  }

  /** Gives back the space of what is before that position; whole pages only. */
  void forget(long position) throws SyscallException {
    long end = position == size ? position : position & -PAGE;
    if (end - forgotten < PAGE) {
      return;
    }
    long result =
        linux.call(
            Sysno.FALLOCATE, file.number(), PUNCH_HOLE_KEEP_SIZE, forgotten, end - forgotten);
    if (Errno.failed(result)) {
      throw new SyscallException("free the space of output", Errno.of(result));
    }
    forgotten = end & -PAGE;
  }

  @Override
  public void close() {
    file.close();
  }
}
