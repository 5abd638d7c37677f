package dev.felucca.linux.layer;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What directories get when everything is unpacked: their times, which each entry in them changes,
 * and their default access lists, which each entry in them would inherit.
 */
final class LateDirectories {
  private record Late(FileStat.Time modified, byte @Nullable [] defaultAcl) {}

  private final NavigableMap<String, Late> late = new TreeMap<>();
  private final PathBudget budget;

  LateDirectories(PathBudget budget) {
    this.budget = budget;
  }

  /** The directory at {@code path} takes these; of two entries for it the later counts. */
  void put(String path, FileStat.Time modified, byte @Nullable [] defaultAcl)
      throws InvalidLayerException {
    if (late.put(path, new Late(modified, defaultAcl)) == null) {
      budget.take(path);
    }
  }

  /** The directory was removed, with all below it. */
  void forget(String directory) {
    late.remove(directory);
    late.subMap(directory + "/", directory + TreeWriter.AFTER_SLASH).clear();
  }

  void finish(RawFiles files, DirectoryStack here, TarXattrs xattrs) throws IOException {
    here.reset();
    for (Map.Entry<String, Late> entry : late.entrySet()) {
      String path = entry.getKey();
      List<String> names = path.isEmpty() ? List.of() : List.of(path.split("/"));
      if (!here.enter(names, (at, name, found) -> false)) {
        continue; // a later entry took it away
      }
      byte[] defaultAcl = entry.getValue().defaultAcl();
      if (defaultAcl != null) {
        xattrs.set(here.fd(), RawXattrs.DEFAULT_ACL, defaultAcl, path);
      }
      files.times(here.fd(), entry.getValue().modified());
    }
  }
}
