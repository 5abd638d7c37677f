package dev.felucca.kernel.container;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A client's hold on streams. Closing it detaches; the process goes on (StdinOnce closes its
 * standard input).
 */
public interface Attachment extends AutoCloseable {
  /** True when output is one raw terminal stream, false when stdout and stderr are told apart. */
  boolean tty();

  /** Blocks while the process doesn't read. CONFLICT when there is no standard input. */
  void write(ByteBuffer input) throws IOException;

  /** The client has no more input. */
  void closeInput() throws IOException;

  /** Closes it because its person typed the keys for that, of which an event tells. */
  default void detach() {
    close();
  }

  @Override
  void close();
}
