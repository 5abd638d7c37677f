package dev.felucca.linux.layer;

import dev.felucca.linux.Syscalls;
import dev.felucca.linux.process.IdMap;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Writes files and trees as tars that are no layers. No symbolic link is followed. */
public final class FileArchives {
  private FileArchives() {}

  /** Writes a directory and all that is in it; its own name in the tar is {@code as}. */
  public static void writeTree(
      Syscalls linux, Path directory, String as, OutputStream out, @Nullable IdMap users)
      throws IOException {
    try (RawFiles files = new RawFiles(linux, users)) {
      LayerWriter writer = new LayerWriter(files, out, false);
      RawXattrs xattrs = new RawXattrs(files);
      String top = RawName.of(as);
      int root = files.openRoot(directory);
      try {
        writer.present(root, ".", top, files.stat(root), xattrs.all(root), false);
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
              return true;
            });
      } finally {
        files.close(root);
      }
      writer.finish();
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
