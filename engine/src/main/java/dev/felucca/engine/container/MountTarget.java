package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Places in a container where something is mounted, in Docker's words where they cannot be. */
final class MountTarget {
  private MountTarget() {}

  /** The target of a short form. */
  static String of(String path, String text) {
    try {
      return of(path);
    } catch (EngineException e) {
      throw new EngineException(
          INVALID,
          "invalid volume specification: '" + text + "': invalid mount config: " + e.getMessage(),
          e);
    }
  }

  /** Absolute and clean, and not the root itself. */
  static String of(String path) {
    requireAbsolute(path);
    String clean = clean(path);
    if (clean.equals("/")) {
      throw new EngineException(INVALID, "invalid specification: destination can't be '/'");
    }
    return clean;
  }

  static void requireAbsolute(String path) {
    if (!path.startsWith("/")) {
      throw new EngineException(
          INVALID, "invalid mount path: '" + path + "' mount path must be absolute");
    }
  }

  static String clean(String path) {
    try {
      return Path.of(path).normalize().toString();
    } catch (InvalidPathException e) {
      throw new EngineException(INVALID, "invalid mount path: " + e.getMessage(), e);
    }
  }
}
