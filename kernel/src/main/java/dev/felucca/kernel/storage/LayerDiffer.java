package dev.felucca.kernel.storage;

import dev.felucca.kernel.Driver;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;

/**
 * Turns layer tars into snapshots and back, as the OCI image specification's "layer" document has
 * it: whiteouts {@code .wh.name}, opaque directories {@code .wh..wh..opq}, xattrs as PAX records
 * {@code SCHILY.xattr.}. Its name is that of the snapshotter it belongs to.
 */
public interface LayerDiffer extends Driver {
  /**
   * Applies an uncompressed layer to the active snapshot {@code key} and reads the stream to its
   * end. Whatever the tar says nothing outside the snapshot is read, written or followed; an entry
   * that tries is INVALID, as is a damaged or truncated tar. After a failure the snapshot is to be
   * removed by the caller.
   */
  Applied apply(String key, InputStream tar) throws IOException;

  /**
   * Writes the layer that leads from the parent of {@code key} to {@code key}; the same content
   * gives the same bytes.
   */
  void diff(String key, OutputStream tar) throws IOException;

  /** What {@link #diff} would write, as a sorted list of paths. */
  List<Change> changes(String key) throws IOException;
}
