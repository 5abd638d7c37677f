package dev.felucca.kernel.storage;

import dev.felucca.kernel.Driver;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
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
   * @param below where in {@code target}, which others may write to, the copy goes; empty for the
   *     directory itself. Nothing is done when that is no directory
   * @return whether there was something to copy and a place for it
   */
  boolean copyOut(List<Mount> root, String path, Path target, String below) throws IOException;

  /**
   * Whether a directory, and not another kind of file, is at a relative path below a root. Symbolic
   * links are followed to the end. NOT_FOUND when there is nothing, INVALID when the way leads out
   * of the root.
   *
   * @param root what the root is made of, as {@link Snapshotter#mounts} answers it
   */
  boolean isDirectory(List<Mount> root, String below) throws IOException;

  /** Takes a tar; asked for the stream once it is known what the tar will hold. */
  @FunctionalInterface
  interface Receiver {
    /** Answers where the tar is written to; it is not closed. */
    OutputStream begin(PathStat stat) throws IOException;
  }

  /**
   * What is at a path; a symbolic link at its end is followed only when a slash, or a slash and a
   * dot, ends the path. NOT_FOUND when there is nothing.
   */
  PathStat stat(RootView view, String path) throws IOException;

  /**
   * Writes a tar of the file or tree at the path, found as by {@link #stat}; its names begin with
   * the last component of the path.
   */
  default void get(RootView view, String path, Receiver receiver) throws IOException {
    get(view, path, "", receiver);
  }

  /**
   * The same under another name.
   *
   * @param as what the tar's names begin with, instead of the last component of the path; empty for
   *     that
   */
  void get(RootView view, String path, String as, Receiver receiver) throws IOException;

  /**
   * Unpacks a tar in the directory at the path, whatever symbolic link leads there. NOT_FOUND when
   * there is none; INVALID for another kind of file, a damaged tar, or a name in it that climbs out
   * of the directory; FORBIDDEN where it is read-only.
   *
   * @param keepKinds INVALID instead of replacing a directory by another kind of file, or the
   *     reverse
   */
  void put(RootView view, String path, InputStream tar, boolean keepKinds) throws IOException;
}
