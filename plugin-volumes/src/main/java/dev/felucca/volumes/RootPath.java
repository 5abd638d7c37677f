package dev.felucca.volumes;

import java.nio.file.Path;

/**
 * A path as a client gave it, taken from the container's root and cleaned as Docker cleans it.
 *
 * @param directory what must be a directory, found by following links; else the one that holds it
 * @param name the last component when it is not to be followed; else empty
 * @param shown the last component as the archive names it
 */
record RootPath(String directory, String name, String shown) {
  static RootPath parse(String path) {
    Path clean = Path.of("/").resolve(path.isEmpty() ? "/" : path).normalize();
    Path last = clean.getFileName();
    if (last == null) {
      return new RootPath("/", "", "/");
    }
    if (path.endsWith("/.")) {
      return new RootPath(clean.toString(), "", ".");
    }
    if (path.endsWith("/")) {
      return new RootPath(clean.toString(), "", last.toString());
    }
    return new RootPath(String.valueOf(clean.getParent()), last.toString(), last.toString());
  }
}
