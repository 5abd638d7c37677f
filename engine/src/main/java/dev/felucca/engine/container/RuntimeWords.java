package dev.felucca.engine.container;

import java.util.List;

/**
 * Which refusals of a driver Docker has from its OCI runtime, and shows as such: its CLI makes the
 * exit code of them. What is wrong with a request otherwise its daemon finds, and says it plainly.
 */
final class RuntimeWords {
  private static final List<String> BEGINNINGS = List.of("exec: ", "chdir to cwd ");
  private static final String INSIDE_PROC = "cannot be mounted because it is inside /proc";

  private RuntimeWords() {}

  static boolean isRuntimes(Exception failure) {
    String message = String.valueOf(failure.getMessage());
    return !(failure instanceof dev.felucca.kernel.EngineException)
        || message.endsWith(INSIDE_PROC)
        || BEGINNINGS.stream().anyMatch(message::startsWith);
  }
}
