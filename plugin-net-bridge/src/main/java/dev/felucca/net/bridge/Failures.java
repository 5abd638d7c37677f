package dev.felucca.net.bridge;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** What went wrong with some of many, told at the end: one is no reason to leave out the others. */
final class Failures {
  private @Nullable IOException first;

  /**
   * @param of what it went wrong with
   */
  void add(String of, Exception failure) {
    IOException next = new IOException(of + ": " + failure.getMessage(), failure);
    if (first == null) {
      first = next;
    } else {
      first.addSuppressed(next);
    }
  }

  /** Throws the first, with the others suppressed; nothing where nothing went wrong. */
  void tell() throws IOException {
    if (first != null) {
      throw first;
    }
  }
}
