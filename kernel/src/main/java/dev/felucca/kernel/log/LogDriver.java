package dev.felucca.kernel.log;

import dev.felucca.kernel.Driver;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** Keeps what containers print. */
public interface LogDriver extends Driver {
  /** INVALID, with Docker's words, for an option it doesn't know or a value it can't use. */
  void validate(Map<String, String> options);

  /**
   * Opens the log for writing, an earlier one continued: what was written after the last checkpoint
   * is gone.
   *
   * @param directory the container's own, for whatever the driver keeps
   * @param containerId for drivers that name their files after it
   */
  LogWriter writer(Path directory, String containerId, Map<String, String> options)
      throws IOException;

  /** True when logs can be read back. */
  boolean readable();

  /**
   * NOT_IMPLEMENTED, with Docker's words, when logs can't be read back; an empty reader when
   * nothing was written.
   */
  LogReader reader(Path directory, String containerId, Map<String, String> options, LogQuery query)
      throws IOException;

  /** The file an inspect shows as {@code LogPath}, or empty. */
  String path(Path directory, String containerId);
}
