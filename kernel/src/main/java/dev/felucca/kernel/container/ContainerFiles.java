package dev.felucca.kernel.container;

import dev.felucca.kernel.storage.PathStat;
import dev.felucca.kernel.storage.RootFiles.Receiver;
import java.io.IOException;
import java.io.InputStream;

/**
 * Files of a container, running or not, as it sees them: volumes and binds included. Paths are
 * taken from its root. NOT_FOUND for a container or path that is not there. While files of a
 * container that does not run are copied it cannot be started.
 */
public interface ContainerFiles {
  /** What is at a path; a symbolic link at its end is followed only when a slash ends the path. */
  PathStat stat(String ref, String path) throws IOException;

  /** The file or tree at a path as a tar whose names begin with the path's last component. */
  default void get(String ref, String path, Receiver receiver) throws IOException {
    get(ref, path, "", receiver);
  }

  /** The same with names that begin with {@code as}, where that is not empty. */
  void get(String ref, String path, String as, Receiver receiver) throws IOException;

  /**
   * Unpacks a tar in a directory of the container. INVALID for another kind of file and for a
   * damaged tar, FORBIDDEN where the container has it read-only.
   *
   * @param keepKinds refuse to replace a directory by another kind of file, and the reverse
   */
  void put(String ref, String path, InputStream tar, boolean keepKinds) throws IOException;
}
