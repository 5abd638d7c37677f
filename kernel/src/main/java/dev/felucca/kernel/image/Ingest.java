package dev.felucca.kernel.image;

import dev.felucca.kernel.Digest;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;

/**
 * A blob being written. Closing it without {@link #commit} keeps what is there for a resumption.
 */
public interface Ingest extends Closeable {
  /** Bytes written so far, those of earlier sessions included. */
  long offset();

  /** Appends all that remains in the buffer. */
  void write(ByteBuffer bytes) throws IOException;

  /** The SHA-256 digest of what is written so far. */
  Digest digest();

  /**
   * A channel of its own over what has been written, for reading along: its end is where the writer
   * is now. It outlives the ingest and reads on after {@link #commit}.
   */
  SeekableByteChannel reader() throws IOException;

  /** Starts again from nothing: the source could not continue where it stopped. */
  void truncate() throws IOException;

  /**
   * Verifies and publishes it, for good once {@link ContentStore#sync} was called. INVALID with
   * both values in the message when size or digest is another; what was written is then dropped.
   * Repeating it for a blob that is there already succeeds.
   *
   * @param size the size expected, or -1 when any is right
   */
  void commit(long size, Digest expected) throws IOException;
}
