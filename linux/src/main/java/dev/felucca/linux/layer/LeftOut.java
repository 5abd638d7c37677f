package dev.felucca.linux.layer;

import java.io.IOException;
import java.util.Set;
import java.util.SortedMap;

/** Passes on all differences but those of some paths. */
record LeftOut(Set<String> paths, ChangeSink to) implements ChangeSink {
  /** Paths begin with a slash, and are as {@link RawName#display} shows them. */
  static ChangeSink of(Set<String> paths, ChangeSink to) {
    return paths.isEmpty() ? to : new LeftOut(paths, to);
  }

  @Override
  public void present(
      int directory,
      String name,
      String path,
      FileStat stat,
      SortedMap<String, byte[]> xattrs,
      boolean known)
      throws IOException {
    if (passes(path)) {
      to.present(directory, name, path, stat, xattrs, known);
    }
  }

  @Override
  public void removed(String path) throws IOException {
    if (passes(path)) {
      to.removed(path);
    }
  }

  @Override
  public void opaque(String path) throws IOException {
    if (passes(path)) {
      to.opaque(path);
    }
  }

  private boolean passes(String path) {
    return !paths.contains("/" + RawName.display(path));
  }
}
