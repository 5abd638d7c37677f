package dev.felucca.linux.layer;

import dev.felucca.linux.Errno;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.process.IdMap;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Unpacks one layer tar into a tree, as the OCI image specification's "layer" document has it, by
 * calls below directory descriptors only. Symbolic links in the directories of a name are followed
 * inside the tree, as in a container; the last component never is. A later entry of the same name
 * replaces the earlier one. Of attributes see {@link TarXattrs}.
 */
public final class LayerApplier {
  private static final Logger LOG = LoggerFactory.getLogger(LayerApplier.class);
  private static final String WHITEOUT = ".wh.";
  private static final String META = ".wh..wh.";
  private static final String OPAQUE = ".wh..wh..opq";
  private static final long MOST_ENTRIES = 5_000_000;

  private final TreeWriter tree;
  private final boolean layer;

  private LayerApplier(TreeWriter tree, boolean layer) {
    this.tree = tree;
    this.layer = layer;
  }

  /**
   * Applies the tar to the directory {@code root} and reads the stream to its end.
   *
   * @throws InvalidLayerException when the tar is damaged or asks for what it may not
   */
  public static AppliedLayer apply(Syscalls linux, Path root, InputStream tar, Whiteouts whiteouts)
      throws IOException {
    return apply(linux, root, tar, whiteouts, false, null);
  }

  /**
   * Unpacks an archive of files, which is no layer, in the directory {@code root}.
   *
   * @param users who the owners in the tar are on the host, where they are others
   * @param keepKinds refuse to replace a directory by another kind of file, and the reverse
   * @throws InvalidLayerException when the tar is damaged or asks for what it may not
   */
  public static void extract(
      Syscalls linux, Path root, InputStream tar, boolean keepKinds, @Nullable IdMap users)
      throws IOException {
    var unpacked = apply(linux, root, tar, Whiteouts.NONE, keepKinds, users);
    LOG.debug("unpacked {} entries in {}", unpacked.entries(), root);
  }

  private static AppliedLayer apply(
      Syscalls linux,
      Path root,
      InputStream tar,
      Whiteouts whiteouts,
      boolean keepKinds,
      @Nullable IdMap users)
      throws IOException {
    try (RawFiles files = new RawFiles(linux, users)) {
      int fd = files.openRoot(root);
      try {
        try (TreeWriter tree = new TreeWriter(files, fd, whiteouts, keepKinds)) {
          return new LayerApplier(tree, whiteouts != Whiteouts.NONE).all(new TarReader(tar));
        }
      } finally {
        files.close(fd);
      }
    }
  }

  private AppliedLayer all(TarReader tar) throws IOException {
    long entries = 0;
    for (TarEntry entry = tar.next(); entry != null; entry = tar.next()) {
      if (++entries > MOST_ENTRIES) {
        throw new InvalidLayerException("layer has more than " + MOST_ENTRIES + " entries");
      }
      EntryPath path = EntryPath.parse(entry.name());
      try {
        one(tar, entry, path);
      } catch (SyscallException e) {
        throw refusedByTar(e.errno())
            ? new InvalidLayerException("layer entry " + path + ": " + e.getMessage(), e)
            : new IOException("layer entry " + path + ": " + e.getMessage(), e);
      }
    }
    tar.drain();
    return tree.finish(entries);
  }

  /** Failures that no host would spare this entry; the others are trouble with this one. */
  private static boolean refusedByTar(Errno errno) {
    return switch (errno) {
      case ENAMETOOLONG, ELOOP, ENOTDIR, EISDIR, ENOENT, EFBIG, EMLINK -> true;
      default -> false;
    };
  }

  private void one(TarReader tar, TarEntry entry, EntryPath path) throws IOException {
    if (path.isRoot()) {
      if (!entry.isDirectory()) {
        throw new InvalidLayerException("layer entry for the root is not a directory");
      }
      tree.root(entry);
      return;
    }
    if (!layer) {
      tree.enter(path);
      tree.make(tar, entry, path.base());
      return;
    }
    if (path.base().startsWith(META) && !path.base().equals(OPAQUE)
        || path.parents().stream().anyMatch(name -> name.startsWith(META))) {
      // How AUFS kept house; nothing of it belongs to the tree.
      return;
    }
    if (path.parents().stream().anyMatch(name -> name.startsWith(WHITEOUT))) {
      throw new InvalidLayerException("layer entry inside a whiteout: " + path);
    }
    tree.enter(path);
    if (path.base().equals(OPAQUE)) {
      tree.whiteouts().opaque();
      return;
    }
    if (path.base().startsWith(WHITEOUT)) {
      tree.whiteouts().hide(path.base().substring(WHITEOUT.length()));
      return;
    }
    if (entry.type() == TarEntry.CHARACTER
        && entry.deviceMajor() == 0
        && entry.deviceMinor() == 0) {
      tree.whiteouts().hide(path.base());
      return;
    }
    tree.make(tar, entry, path.base());
    tree.whiteouts().mine(path.base());
  }
}
