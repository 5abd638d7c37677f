package dev.felucca.linux.layer;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Moves content of tar entries into files, leaving holes where there is nothing but zeros. */
final class FileContent {
  private static final int HOLE = 64 * 1024;
  private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(HOLE).asReadOnlyBuffer();

  private final RawFiles files;

  FileContent(RawFiles files) {
    this.files = files;
  }

  /** Fills the new, empty file; the bytes that were in the tar. */
  long write(TarReader tar, TarEntry entry, int fd) throws IOException {
    SparseMap map = entry.sparse();
    if (map == null) {
      long end = stretch(tar, fd, 0, entry.size());
      if (end < entry.size()) {
        files.truncate(fd, entry.size());
      }
      return entry.size();
    }
    long written = 0;
    long end = 0;
    for (int i = 0; i < map.count(); i++) {
      end = Math.max(end, stretch(tar, fd, map.offset(i), map.length(i)));
      written += map.length(i);
    }
    if (end < entry.size()) {
      files.truncate(fd, entry.size());
    }
    return written;
  }

  /** Where the last byte went. */
  private long stretch(TarReader tar, int fd, long offset, long length) throws IOException {
    ByteBuffer content = files.content();
    long end = 0;
    for (long done = 0; done < length; ) {
      int some = (int) Math.min(length - done, content.capacity());
      content.clear();
      tar.read(content, some);
      end =
          Math.max(
              end, some < HOLE ? whole(fd, some, offset + done) : dense(fd, some, offset + done));
      done += some;
    }
    return end;
  }

  private long whole(int fd, int length, long offset) throws IOException {
    files.write(fd, 0, length, offset);
    return offset + length;
  }

  /** Writes the runs of blocks that are not all zeros. */
  private long dense(int fd, int length, long offset) throws IOException {
    long end = 0;
    int start = -1;
    for (int at = 0; at < length; at += HOLE) {
      int block = Math.min(HOLE, length - at);
      boolean zeros =
          block == HOLE && files.content().slice(at, block).mismatch(ZEROS.duplicate()) < 0;
      if (!zeros && start < 0) {
        start = at;
      } else if (zeros && start >= 0) {
        files.write(fd, start, at - start, offset + start);
        end = offset + at;
        start = -1;
      }
    }
    if (start >= 0) {
      files.write(fd, start, length - start, offset + start);
      end = offset + length;
    }
    return end;
  }
}
