package dev.felucca.kernel.container;

import dev.felucca.kernel.log.LogQuery;
import dev.felucca.kernel.log.LogReader;
import java.io.IOException;

/** A container's streams. */
public interface ContainerStreams {
  /**
   * Joins the container's streams; it may be created and not yet started. Output comes from now on,
   * after the log's content where {@code logs} asks for it, with nothing lost or doubled in
   * between. The listener may hear output before this returns.
   */
  Attachment attach(String ref, AttachRequest request, StreamListener listener) throws IOException;

  /** Reads the log. NOT_IMPLEMENTED, with Docker's words, when the log driver can't be read. */
  LogReader logs(String ref, LogQuery query) throws IOException;

  /** {@code stream} false ends after the logs. */
  record AttachRequest(
      boolean stdin, boolean stdout, boolean stderr, boolean logs, boolean stream) {}
}
