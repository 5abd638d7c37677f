package dev.felucca.engine.stream;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Cuts a stream into log lines. A line longer than 16 KiB comes in pieces, of which only the last
 * has the newline, as in Docker's json-file.
 */
final class LineCutter {
  static final int LONGEST = 16 * 1024;

  private byte[] pending = new byte[256];
  private int length;

  /** Takes lines and pieces of lines. */
  @FunctionalInterface
  interface Lines {
    void line(byte[] line) throws IOException;
  }

  /** Cuts what can be cut; the rest waits for more. */
  void cut(ByteBuffer bytes, Lines lines) throws IOException {
    while (bytes.hasRemaining()) {
      int room = Math.min(LONGEST - length, bytes.remaining());
      int newline = newlineIn(bytes, room);
      int take = newline < 0 ? room : newline + 1;
      append(bytes, take);
      if (newline >= 0 || length == LONGEST) {
        flush(lines);
      }
    }
  }

  private static int newlineIn(ByteBuffer bytes, int within) {
    int start = bytes.position();
    for (int i = 0; i < within; i++) {
      if (bytes.get(start + i) == '\n') {
        return i;
      }
    }
    return -1;
  }

  private void append(ByteBuffer bytes, int count) {
    if (length + count > pending.length) {
      pending =
          Arrays.copyOf(pending, Math.min(LONGEST, Math.max(length + count, 2 * pending.length)));
    }
    bytes.get(pending, length, count);
    length += count;
  }

  /** Gives out what waits for its newline: nothing more will come. */
  void flush(Lines lines) throws IOException {
    if (length > 0) {
      byte[] line = Arrays.copyOf(pending, length);
      length = 0;
      if (pending.length > 1024) {
        pending = new byte[256]; // thousands of idle containers, one long line each
      }
      lines.line(line);
    }
  }

  /** Bytes that wait for their newline. */
  int pending() {
    return length;
  }

  byte[] pendingBytes() {
    return Arrays.copyOf(pending, length);
  }

  void reset() {
    length = 0;
  }
}
