package dev.felucca.linux.cgroup;

import java.nio.file.Path;

/** Turns names of groups into paths that stay inside. */
final class Parents {
  private Parents() {}

  /** The path under any mount point, with no slash in front. */
  static String relative(String parent, String id) {
    String name = id.strip();
    if (name.isEmpty() || name.equals(".") || name.equals("..") || name.indexOf('/') >= 0) {
      throw new IllegalArgumentException("not the name of a cgroup: \"" + id + "\"");
    }
    Path path = Path.of("/").resolve(parent);
    for (Path part : path) {
      if (part.toString().equals("..")) {
        throw new IllegalArgumentException("cgroup parent leaves its tree: \"" + parent + "\"");
      }
    }
    return path.resolve(name).normalize().toString().substring(1);
  }
}
