package dev.felucca.kernel.log;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Reads a log in order; closing it from another thread ends a waiting {@link #next}. */
public interface LogReader extends Closeable {
  /**
   * The next entry; null at the end of the log, or, when following, after {@code patience} without
   * one. A reader that follows goes on across rotations.
   */
  @Nullable LogEntry next(Duration patience) throws IOException;
}
