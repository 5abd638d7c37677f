package dev.felucca.linux.layer;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;

/** Collects differences as a list. */
final class ChangeList implements ChangeSink {
  private final List<ChangedPath> changes = new ArrayList<>();

  @Override
  public void present(
      int directory,
      String name,
      String path,
      FileStat stat,
      SortedMap<String, byte[]> xattrs,
      boolean known) {
    if (stat.type() != FileStat.SOCKET) {
      changes.add(
          new ChangedPath(known ? ChangedPath.Kind.MODIFIED : ChangedPath.Kind.ADDED, path));
    }
  }

  @Override
  public void removed(String path) {
    changes.add(new ChangedPath(ChangedPath.Kind.DELETED, path));
  }

  @Override
  public void opaque(String path) {
    // What it hides comes one by one as removed.
  }

  List<ChangedPath> sorted() {
    changes.sort(Comparator.comparing(ChangedPath::path));
    return List.copyOf(changes);
  }
}
