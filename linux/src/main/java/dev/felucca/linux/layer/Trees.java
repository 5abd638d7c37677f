package dev.felucca.linux.layer;

import dev.felucca.linux.Errno;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What is done with whole file trees. Depth, path length and names are whatever a file system
 * allows; no symbolic link in a tree is followed. Safe for several threads.
 */
public final class Trees {
  private final Syscalls linux;

  public Trees(Syscalls linux) {
    this.linux = linux;
  }

  /** Removes the tree, immutable files included; nothing happens when there is none. */
  public void remove(Path tree) throws IOException {
    Path parent = tree.toAbsolutePath().getParent();
    if (parent == null) {
      throw new IllegalArgumentException("will not remove " + tree);
    }
    doOn(
        parent,
        (files, fd) ->
            new TreeRemoval(files).remove(fd, RawName.of(tree.getFileName().toString())));
  }

  /**
   * Copies what is in {@code source}, and its own attributes, to {@code target}, an empty
   * directory.
   */
  public void copy(Path source, Path target) throws IOException {
    doOn(source, (files, from) -> doOn(target, (same, to) -> TreeCopy.copy(files, from, to)));
  }

  /**
   * The sizes of files, holes included, without those of directories; and how many there are, the
   * root of the tree included. Hard links are counted once.
   */
  public Size size(Path tree) throws IOException {
    return onDirectory(
        tree,
        (files, fd) -> {
          long[] sum = {0, 1};
          Set<FileStat.Identity> seen = new HashSet<>();
          new TreeWalk(files)
              .walk(
                  fd,
                  (directory, name, stat) -> {
                    if (stat.isDirectory()) {
                      sum[1]++;
                    } else if (stat.links() < 2 || seen.add(stat.identity())) {
                      sum[0] += stat.size();
                      sum[1]++;
                    }
                    return true;
                  });
          return new Size(sum[0], sum[1]);
        });
  }

  /** Bytes of files, each file once however many names it has, and how many inodes there are. */
  public record Size(long bytes, long inodes) {}

  /** What statx(2) says of a directory. */
  public FileStat stat(Path directory) throws IOException {
    return onDirectory(directory, RawFiles::stat);
  }

  /** Writes all of the file system that holds the directory to disk. */
  public void syncfs(Path directory) throws IOException {
    onDirectory(directory, (files, fd) -> linux.check("syncfs " + directory, Sysno.SYNCFS, fd));
  }

  /** fsync(2) of a directory: the names in it are on disk. */
  public void fsync(Path directory) throws IOException {
    onDirectory(directory, (files, fd) -> linux.check("fsync " + directory, Sysno.FSYNC, fd));
  }

  /** Why the file system of the directory cannot keep overlay's {@code trusted.} attributes. */
  public Optional<String> refusesTrustedXattrs(Path directory) throws IOException {
    return onDirectory(
        directory,
        (files, fd) -> {
          try {
            boolean kept = new RawXattrs(files).set(fd, "trusted.felucca.probe", new byte[] {'y'});
            return kept
                ? Optional.empty()
                : Optional.of("file system of " + directory + " keeps no trusted attributes");
          } catch (SyscallException e) {
            if (e.errno() != Errno.EPERM && e.errno() != Errno.EACCES) {
              throw e;
            }
            return Optional.of(String.valueOf(e.getMessage()));
          } finally {
            files.call(Sysno.FREMOVEXATTR, fd, files.other("trusted.felucca.probe"));
          }
        });
  }

  /** Whether reading a directory tells the types of what is in it (d_type), as overlay needs. */
  public boolean tellsTypes(Path directoryWithFiles) throws IOException {
    return onDirectory(directoryWithFiles, (files, fd) -> files.tellsTypes(fd));
  }

  /** Writes what overlay's upper directory holds as a layer. */
  public void writeOverlay(Path upper, Set<String> without, OutputStream out) throws IOException {
    try (RawFiles files = new RawFiles(linux)) {
      LayerWriter writer = new LayerWriter(files, out);
      OverlayChanges.read(files, upper, List.of(), LeftOut.of(without, writer));
      writer.finish();
    }
  }

  /** The same as a list, by comparison with the lower layers, the uppermost first. */
  public List<ChangedPath> changesOverlay(Path upper, List<Path> lowers) throws IOException {
    try (RawFiles files = new RawFiles(linux)) {
      ChangeList list = new ChangeList();
      OverlayChanges.read(files, upper, lowers, list);
      return list.sorted();
    }
  }

  /** Writes what overlay would show of a stack of layers, the uppermost first, as one layer. */
  public void writeMerged(List<Path> layers, OutputStream out) throws IOException {
    try (RawFiles files = new RawFiles(linux);
        MergedTree tree = new MergedTree(files, layers)) {
      LayerWriter writer = new LayerWriter(files, out);
      new MergedWalk(files, tree, writer).run();
      writer.finish();
    }
  }

  /** Writes the layer that leads from {@code parent}, null for nothing, to {@code tree}. */
  public void writeCompared(
      Path tree,
      @Nullable Path parent,
      FileStat.@Nullable Time copied,
      Set<String> without,
      OutputStream out)
      throws IOException {
    try (RawFiles files = new RawFiles(linux)) {
      LayerWriter writer = new LayerWriter(files, out);
      ComparedChanges.read(files, tree, parent, copied, LeftOut.of(without, writer));
      writer.finish();
    }
  }

  /** The same as a list. */
  public List<ChangedPath> changesCompared(
      Path tree, @Nullable Path parent, FileStat.@Nullable Time copied) throws IOException {
    try (RawFiles files = new RawFiles(linux)) {
      ChangeList list = new ChangeList();
      ComparedChanges.read(files, tree, parent, copied, list);
      return list.sorted();
    }
  }

  /** What it takes beside {@code parent}, as {@link #size} counts it. */
  public Size sizeCompared(Path tree, @Nullable Path parent, FileStat.@Nullable Time copied)
      throws IOException {
    try (RawFiles files = new RawFiles(linux)) {
      ComparedSize size = new ComparedSize();
      ComparedChanges.read(files, tree, parent, copied, size);
      return size.size();
    }
  }

  /**
   * Completes a layer that was unpacked by itself, now that its lower layers are known.
   *
   * @throws InvalidLayerException when a hard link has no target in any of them
   */
  public void settle(
      Path upper, List<Path> lowers, List<String> implied, List<AppliedLayer.PendingLink> links)
      throws IOException {
    try (RawFiles files = new RawFiles(linux)) {
      LayerSettlement.settle(files, upper, lowers, implied, links);
    } catch (SyscallException e) {
      throw new IOException("put layer " + upper + " on its parent: " + e.getMessage(), e);
    }
  }

  static SortedMap<String, byte[]> xattrs(
      RawFiles files, RawXattrs xattrs, int directory, String name, FileStat stat)
      throws SyscallException {
    try {
      return xattrs.all(directory, name);
    } catch (SyscallException e) {
      if (e.errno() == Errno.ENOENT && files.stat(directory, name) == null) {
        // Gone since the directory was read; whoever opens it finds out.
        return new TreeMap<>();
      }
      throw e;
    }
  }

  private interface Work<T> {
    T on(RawFiles files, int fd) throws IOException;
  }

  private interface Task {
    void on(RawFiles files, int fd) throws IOException;
  }

  private void doOn(Path directory, Task task) throws IOException {
    onDirectory(
        directory,
        (files, fd) -> {
          task.on(files, fd);
          return directory;
        });
  }

  private <T> T onDirectory(Path directory, Work<T> work) throws IOException {
    try (RawFiles files = new RawFiles(linux)) {
      int fd = files.openRoot(directory);
      try {
        return work.on(files, fd);
      } finally {
        files.close(fd);
      }
    }
  }
}
