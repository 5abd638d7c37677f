package dev.felucca.kernel.log;

import dev.felucca.kernel.isolation.OutputPositions;
import java.io.Closeable;
import java.io.IOException;

/** Writes one container's log; used by one thread at a time. */
public interface LogWriter extends Closeable {
  /**
   * How far the log goes: output up to here is in it, exactly once. Before a container is started
   * again the engine sets it back by {@code checkpoint(START)}, since positions count from the
   * start.
   */
  OutputPositions resumeAt();

  /** Adds an entry; it may stay unseen until {@link #checkpoint}. */
  void write(LogEntry entry) throws IOException;

  /**
   * Makes what was written visible to readers together with how far it goes, so that after {@code
   * kill -9} at any instant {@link #resumeAt} and the log agree. Cheap: no fsync is asked for.
   */
  void checkpoint(OutputPositions positions) throws IOException;
}
