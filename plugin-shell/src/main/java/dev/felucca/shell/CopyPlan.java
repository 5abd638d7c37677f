package dev.felucca.shell;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where what is copied ends up, by the rules of {@code docker cp}.
 *
 * @param directory what it is unpacked in
 * @param as what it is called there; empty for its own name
 */
record CopyPlan(String directory, String as) {
  /** What is at the target now. */
  enum Target {
    NOTHING,
    DIRECTORY,
    FILE
  }

  /**
   * One side of a copy: a path of a container's, or of the host's when {@code container} is null.
   */
  record Place(@Nullable String container, String path) {
    static Place parse(String text) {
      int colon = text.indexOf(':');
      if (text.startsWith("/") || text.startsWith(".") || colon < 0) {
        if (!text.startsWith("/")) {
          throw new EngineException(INVALID, "not an absolute path: " + text);
        }
        return new Place(null, text);
      }
      if (colon == 0) {
        throw new EngineException(INVALID, "no container is named: " + text);
      }
      String path = text.substring(colon + 1);
      return new Place(text.substring(0, colon), path.startsWith("/") ? path : "/" + path);
    }
  }

  static CopyPlan decide(boolean directory, String target, Target there) {
    if (there == Target.DIRECTORY) {
      return new CopyPlan(target, "");
    }
    if (there == Target.FILE && directory) {
      throw new EngineException(INVALID, "cannot copy directory to a file: " + target);
    }
    boolean claimed = target.endsWith("/") || target.endsWith("/.");
    if (claimed && !(directory && there == Target.NOTHING)) {
      throw new EngineException(INVALID, "no such directory: " + target);
    }
    Path clean = Path.of(target).normalize();
    Path parent = clean.getParent();
    if (parent == null) {
      return new CopyPlan(target, "");
    }
    return new CopyPlan(parent.toString(), String.valueOf(clean.getFileName()));
  }
}
