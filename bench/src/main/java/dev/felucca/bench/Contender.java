package dev.felucca.bench;

import java.util.List;

/** One way to run {@code true} to its end. Any number of threads may do so at once. */
interface Contender extends AutoCloseable {
  /** What each number of {@link Start#run} is called in the report. */
  List<String> series();

  /** Whatever a start finds in place: its file system, its configuration. Not measured. */
  Start ready() throws Exception;

  @Override
  void close() throws Exception;

  /** A single start. */
  interface Start {
    /**
     * @return nanoseconds, one number for each of {@link #series}; refuses when the program did not
     *     end with 0
     */
    long[] run() throws Exception;

    /**
     * Removes what {@link #ready} and the run left. Not measured; called once, also after a
     * failure.
     */
    void clean() throws Exception;
  }
}
