package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.storage.Mount;
import java.io.IOException;
import java.util.List;

/**
 * What of a volume or an image is shown, looked at before it is mounted so that a refusal is in
 * Docker's words. Whoever mounts it looks again, and stays inside.
 */
final class Subpaths {
  private static final String FILES = "linux";

  private final Core core;

  Subpaths(Core core) {
    this.core = core;
  }

  /**
   * @param root what it is looked up in, and {@code base} what that is called
   */
  boolean isDirectory(List<Mount> root, String base, String subpath) throws IOException {
    try {
      return core.drivers.rootFiles().use(FILES, files -> files.isDirectory(root, subpath));
    } catch (EngineException e) {
      if (e.kind() == INVALID) {
        throw new EngineException(
            INVALID,
            "path concatenation escapes the base directory, base: "
                + base
                + ", subpath: "
                + subpath,
            e);
      }
      if (e.kind() != NOT_FOUND) {
        throw e;
      }
      String path = base + "/" + subpath;
      throw new EngineException(
          NOT_FOUND,
          "cannot access path " + path + ": lstat " + path + ": no such file or directory",
          e);
    }
  }
}
