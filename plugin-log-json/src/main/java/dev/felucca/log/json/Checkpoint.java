package dev.felucca.log.json;

import dev.felucca.kernel.isolation.OutputPositions;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * How far a log goes: so many bytes of the file with this inode are whole, and they hold the output
 * up to these positions. Written in one piece over the one before, in one page: {@code kill -9}
 * leaves the old one or the new one.
 */
record Checkpoint(long inode, long length, OutputPositions positions) {
  /** Four fields of 19 digits, a mark of completeness and a newline. */
  static final int BYTES = 4 * 20 + 2;

  ByteBuffer encode() {
    String text =
        "%019d %019d %019d %019d .\n"
            .formatted(inode, length, positions.stdout(), positions.stderr());
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
  }

  /** Null for what isn't a whole checkpoint. */
  static @Nullable Checkpoint decode(byte[] bytes) {
    String[] fields = new String(bytes, StandardCharsets.US_ASCII).trim().split(" ", -1);
    if (bytes.length != BYTES || fields.length != 5 || !fields[4].equals(".")) {
      return null;
    }
    try {
      return new Checkpoint(
          Long.parseLong(fields[0]),
          Long.parseLong(fields[1]),
          new OutputPositions(Long.parseLong(fields[2]), Long.parseLong(fields[3])));
    } catch (IllegalArgumentException e) { // no numbers, or numbers of no position
      return null;
    }
  }
}
