package dev.felucca.linux.layer;

import java.io.IOException;
import java.util.SortedMap;

/** Takes the differences between a tree and what it stands on, directories before their content. */
interface ChangeSink {
  /**
   * A file as it is now.
   *
   * @param directory the open directory that holds it; of meaning for files that are no directories
   * @param known whether the tree below has a file of that path, too
   */
  void present(
      int directory,
      String name,
      String path,
      FileStat stat,
      SortedMap<String, byte[]> xattrs,
      boolean known)
      throws IOException;

  /** A file of the tree below that is gone. */
  void removed(String path) throws IOException;

  /** A directory that hides all the tree below has in it; its {@link #present} came before. */
  void opaque(String path) throws IOException;
}
