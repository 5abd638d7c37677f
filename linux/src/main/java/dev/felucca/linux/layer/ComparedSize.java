package dev.felucca.linux.layer;

import java.util.HashSet;
import java.util.Set;
import java.util.SortedMap;

/** Adds up what is new or changed, as {@link Trees#size} does: hard links once, directories not. */
final class ComparedSize implements ChangeSink {
  private final Set<FileStat.Identity> seen = new HashSet<>();
  private long bytes;
  private long inodes = 1; // the root is always the tree's own

  @Override
  public void present(
      int directory,
      String name,
      String path,
      FileStat stat,
      SortedMap<String, byte[]> xattrs,
      boolean known) {
    if (stat.isDirectory()) {
      inodes++;
    } else if (stat.links() < 2 || seen.add(stat.identity())) {
      bytes += stat.size();
      inodes++;
    }
  }

  @Override
  public void removed(String path) {
    // What is gone takes nothing.
  }

  @Override
  public void opaque(String path) {
    // A copy hides nothing.
  }

  Trees.Size size() {
    return new Trees.Size(bytes, inodes);
  }
}
