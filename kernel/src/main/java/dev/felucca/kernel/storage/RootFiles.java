package dev.felucca.kernel.storage;

import dev.felucca.kernel.Driver;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Reaches into the root of a container from outside. Every path is one as the container sees it:
 * symbolic links are followed inside the root and never lead out of it, also while somebody
 * exchanges them meanwhile.
 */
public interface RootFiles extends Driver {
  /**
   * Copies what is in a directory of a root, and its own attributes, into {@code target}: owners,
   * modes, times, links, extended attributes. Nothing is done when the target is not empty or the
   * root has no such directory.
   *
   * @param root what the root is made of, as {@link Snapshotter#mounts} answers it
   * @return whether there was something to copy and a place for it
   */
  boolean copyOut(List<Mount> root, String path, Path target) throws IOException;
}
