package dev.felucca.kernel.storage;

import dev.felucca.kernel.Driver;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Set;

/**
 * Turns layer tars into snapshots and back, as the OCI image specification's "layer" document has
 * it: whiteouts {@code .wh.name}, opaque directories {@code .wh..wh..opq}, xattrs as PAX records
 * {@code SCHILY.xattr.}. Its name is that of the snapshotter it belongs to.
 */
public interface LayerDiffer extends Driver {
  /**
   * Applies an uncompressed layer to the active snapshot {@code key} and reads the stream to its
   * end. Whatever the tar says nothing outside the snapshot is read, written or followed: a name or
   * hard link that climbs above the root is INVALID, an absolute name is taken from the root of the
   * snapshot, and symbolic links in the directories of a name are followed as in a container. Also
   * INVALID is a damaged or truncated tar; as everywhere, the closing zero blocks may be missing.
   * NOT_FOUND for an unknown key, CONFLICT for a snapshot that is not active. After a failure the
   * snapshot is to be removed by the caller.
   *
   * <p>What needs the layers below (hard links to their files, directories that are only implied)
   * is settled at commit when the snapshot was prepared on nothing; until then it is not to be
   * seen.
   */
  Applied apply(String key, InputStream tar) throws IOException;

  /**
   * Writes the layer that leads from the parent of {@code key} to {@code key}; the same content
   * gives the same bytes. The tar is sorted, its times have nanoseconds, sockets are left out, and
   * files with a megabyte of zeros or more are sparse (GNU format 1.0). A snapshot that is in use
   * may be read: a file that is written meanwhile is as torn as in any copy of it.
   */
  default void diff(String key, OutputStream tar) throws IOException {
    diff(key, Set.of(), tar);
  }

  /**
   * As {@link #diff(String, OutputStream)} without some of the files.
   *
   * @param without paths as {@link #changes} says them; what is below a directory that is left out
   *     is not left out with it
   */
  void diff(String key, Set<String> without, OutputStream tar) throws IOException;

  /**
   * Writes everything that is to be seen in {@code key}, what it stands on included, as one tar
   * that needs no other; otherwise as {@link #diff}.
   */
  void export(String key, OutputStream tar) throws IOException;

  /**
   * What {@link #diff} would write, as a list of paths sorted by their bytes, with each directory
   * above a change; what is not UTF-8 in a name shows as U+FFFD.
   */
  List<Change> changes(String key) throws IOException;
}
