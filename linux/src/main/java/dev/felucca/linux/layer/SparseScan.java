package dev.felucca.linux.layer;

import dev.felucca.linux.Errno;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Sysno;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Finds what of a file is worth storing. A hole is a block of 64 kB, by its place in the file, of
 * zeros alone, whether it is on disk or not: so the same content gives the same layer however it
 * came to be on disk. Real holes are only skipped faster.
 */
final class SparseScan {
  private static final int BLOCK = 64 * 1024;
  private static final long WORTH = 1 << 20;
  private static final int SEEK_DATA = 3;
  private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(BLOCK).asReadOnlyBuffer();

  private final RawFiles files;

  SparseScan(RawFiles files) {
    this.files = files;
  }

  /** The stretches with content, or null when there is less than a megabyte of holes. */
  @Nullable SparseMap map(int fd, long size) throws SyscallException, InvalidLayerException {
    if (size < WORTH) {
      return null;
    }
    SparseMap map = new SparseMap();
    long holes = 0;
    long start = -1;
    long at = 0;
    while (at < size) {
      long data = files.call(Sysno.LSEEK, fd, at, SEEK_DATA);
      long next =
          Errno.ENXIO.is(data) ? size : Errno.failed(data) ? at : Math.min(data, size) & -BLOCK;
      if (next > at) {
        holes += next - at;
        start = close(map, start, at);
        at = next;
        continue;
      }
      int length = (int) Math.min(files.content().capacity(), size - at);
      int got = files.read(fd, length, at);
      if (got < length) {
        // Cut short under our eyes; the writer fills it up.
        length = got;
        size = at + got;
      }
      for (int offset = 0; offset < length; offset += BLOCK) {
        int block = Math.min(BLOCK, length - offset);
        boolean zeros = files.content().slice(offset, block).mismatch(ZEROS.slice(0, block)) < 0;
        if (zeros) {
          holes += block;
          start = close(map, start, at + offset);
        } else if (start < 0) {
          start = at + offset;
        }
      }
      at += length;
    }
    boolean endsInHole = start < 0;
    close(map, start, size);
    if (endsInHole) {
      // Or GNU tar ends the file where the last stretch does.
      map.add(size, 0);
    }
    return holes >= WORTH ? map : null;
  }

  private static long close(SparseMap map, long start, long end) throws InvalidLayerException {
    if (start >= 0) {
      map.add(start, end - start);
    }
    return -1;
  }
}
