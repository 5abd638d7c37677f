package dev.felucca.linux.layer;

import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.process.IdMap;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Writes files and trees as tars that are no layers. No symbolic link is followed. */
public final class FileArchives {
  /**
   * Of proc, sysfs and both kinds of control groups, as statfs(2) has them. What is in there are no
   * files that anybody keeps: some are not there for whoever asks, some have no end.
   */
  private static final Set<Long> KERNELS = Set.of(0x9fa0L, 0x62656572L, 0x27e0ebL, 0x63677270L);

  private FileArchives() {}

  /**
   * Writes a directory and all that is in it, but for what the kernel shows under {@code /proc} and
   * the like; its own name in the tar is {@code as}. What vanishes meanwhile is left out.
   *
   * @param closed directories right in it that are written without what is in them
   */
  public static void writeTree(
      Syscalls linux,
      Path directory,
      String as,
      Set<String> closed,
      OutputStream out,
      @Nullable IdMap users)
      throws IOException {
    try (RawFiles files = new RawFiles(linux, users)) {
      LayerWriter writer = new LayerWriter(files, out, false);
      RawXattrs xattrs = new RawXattrs(files);
      String top = RawName.of(as);
      int root = files.openRoot(directory);
      try {
        FileStat own = files.stat(root);
        writer.present(root, ".", top, own, xattrs.all(root), false);
        if (KERNELS.contains(files.fileSystem(root))) {
          writer.finish();
          return;
        }
        TreeWalk walk = new TreeWalk(files);
        walk.walk(
            root,
            (at, name, stat) -> {
              writer.present(
                  at,
                  name,
                  top + "/" + walk.path(),
                  stat,
                  Trees.xattrs(files, xattrs, at, name, stat),
                  false);
              boolean mounted = stat.identity().device() != own.identity().device();
              return !closed.contains(walk.path()) && !(mounted && isKernels(files, at, name));
            });
      } finally {
        files.close(root);
      }
      writer.finish();
    }
  }

  private static boolean isKernels(RawFiles files, int directory, String name)
      throws SyscallException {
    int fd = files.tryDirectory(directory, name);
    if (fd < 0) {
      return false; // no directory, or none any more
    }
    try {
      return KERNELS.contains(files.fileSystem(fd));
    } finally {
      files.close(fd);
    }
  }

  /** Writes one file of a directory; its name in the tar is {@code as}. */
  public static void writeFile(
      Syscalls linux,
      Path directory,
      String name,
      String as,
      OutputStream out,
      @Nullable IdMap users)
      throws IOException {
    try (RawFiles files = new RawFiles(linux, users)) {
      LayerWriter writer = new LayerWriter(files, out, false);
      RawXattrs xattrs = new RawXattrs(files);
      String raw = RawName.of(name);
      int root = files.openRoot(directory);
      try {
        FileStat stat = files.stat(root, raw);
        if (stat == null) {
          throw new NoSuchFileException(name);
        }
        writer.present(
            root, raw, RawName.of(as), stat, Trees.xattrs(files, xattrs, root, raw, stat), false);
      } finally {
        files.close(root);
      }
      writer.finish();
    }
  }

  /** What statx(2) says of a file in a directory, a symbolic link itself. */
  public static FileStat stat(Syscalls linux, Path directory, String name) throws IOException {
    try (RawFiles files = new RawFiles(linux)) {
      int root = files.openRoot(directory);
      try {
        FileStat stat = name.isEmpty() ? files.stat(root) : files.stat(root, RawName.of(name));
        if (stat == null) {
          throw new NoSuchFileException(name);
        }
        return stat;
      } finally {
        files.close(root);
      }
    }
  }
}
