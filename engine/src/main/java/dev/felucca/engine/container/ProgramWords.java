package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Arguments and environment as execve(2) takes them: text that ends at its first NUL. */
final class ProgramWords {
  private ProgramWords() {}

  static void check(@Nullable List<String> words) {
    if (words == null) {
      return;
    }
    for (String word : words) {
      if (word.indexOf('\0') >= 0) {
        throw new EngineException(
            INVALID, "invalid argument: \"" + word.replace("\0", "\\0") + "\" has a NUL in it");
      }
    }
  }
}
