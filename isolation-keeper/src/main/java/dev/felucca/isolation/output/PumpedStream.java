package dev.felucca.isolation.output;

import dev.felucca.kernel.isolation.OutputStreamKind;
import dev.felucca.linux.Fd;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** One output stream of a process; used by one thread at a time. Positions are the stream's own. */
public interface PumpedStream extends AutoCloseable {
  /** What came of looking for more. */
  enum Fill {
    /** Something came, and there may be more. */
    MORE,
    /** There is nothing now. */
    DRY,
    /** As much as may be is waiting to be delivered. */
    FULL,
    /** Nothing will ever come. */
    ENDED
  }

  /** Which of the process's streams it is. */
  OutputStreamKind kind();

  /** Takes what there is from the process, without waiting. */
  Fill fill() throws IOException;

  /** Where the next undelivered byte is. */
  long position();

  /** The next undelivered bytes, which then count as delivered; null when there are none. */
  @Nullable ByteBuffer next() throws IOException;

  /** Begins to deliver from {@code position} again, or from the first byte that is still kept. */
  void rewind(long position);

  /** What is before {@code position} is not asked for again. */
  void forget(long position) throws IOException;

  /** What becomes readable when there is more. */
  Fd watched();

  @Override
  void close();
}
