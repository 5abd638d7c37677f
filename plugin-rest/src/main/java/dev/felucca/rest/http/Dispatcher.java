package dev.felucca.rest.http;

import java.util.Map;

/** Finds who answers. */
public interface Dispatcher {
  /** NOT_FOUND with Docker's words {@code page not found}. */
  Found find(String method, String path);

  /** Where a handler runs. */
  enum Lane {
    /** On the event loop: never blocks and takes microseconds. */
    LOOP,
    /** Answers from memory. */
    QUERY,
    /** May ask drivers, the disk or the network. */
    WORK
  }

  /**
   * @param takesOver the connection may be a raw stream afterwards
   * @param uploads it begins before its body is there, and reads that as it comes
   */
  record Found(
      Handler handler, Lane lane, boolean takesOver, boolean uploads, Map<String, String> names) {}
}
