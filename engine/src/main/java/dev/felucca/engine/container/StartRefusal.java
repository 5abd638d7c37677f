package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;
import static dev.felucca.kernel.EngineException.Kind.INTERNAL;
import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;

/** What clients hear of a start that failed: words and exit code as Docker has them. */
final class StartRefusal {
  private StartRefusal() {}

  /** Docker's exit code for a start that failed. */
  static int code(Exception failure) {
    String text = String.valueOf(failure.getMessage());
    if (text.contains("executable file not found") || text.contains("no such file or directory")) {
      return 127;
    }
    if (text.contains("permission denied") || text.contains("is a directory")) {
      return 126;
    }
    return 128;
  }

  /** However the driver tells that somebody ended what it was making. */
  static EngineException stopped(Container container, Exception failure) {
    return new EngineException(
        CONFLICT,
        "container " + container.id.hex() + " was stopped while it was being started",
        failure);
  }

  /**
   * A program that can't be executed in Docker's words, from which its CLI derives the exit code.
   */
  static EngineException told(Exception failure) {
    if (failure instanceof EngineException refusal) {
      if (refusal.kind() != INVALID || !RuntimeWords.isRuntimes(refusal)) {
        return refusal;
      }
      return new EngineException(
          INVALID,
          "failed to create task for container: failed to create shim task: OCI runtime create"
              + " failed: unable to start container process: "
              + refusal.getMessage()
              + ": unknown",
          refusal);
    }
    return new EngineException(
        INTERNAL, "failed to create task for container: " + failure.getMessage(), failure);
  }
}
