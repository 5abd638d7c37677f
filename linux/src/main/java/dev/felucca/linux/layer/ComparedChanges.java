package dev.felucca.linux.layer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * The differences between a tree and the one it was copied from. A file that was not touched since
 * the copy, by its change time, which nobody can set, is the same; any other is compared: type,
 * ids, mode, device, link target, attributes, and for regular files size, time and content.
 */
final class ComparedChanges implements TreeWalk.Visitor {
  private record Ancestor(
      String name, String path, FileStat stat, SortedMap<String, byte[]> xattrs) {}

  private final RawFiles files;
  private final RawXattrs xattrs;
  private final TreeWalk walk;
  private final TreeCursor old;
  private final FileStat.@Nullable Time copied;
  private final ChangeSink sink;

  /** Directories above the file at hand that are the same and have not been told. */
  private final List<Ancestor> untold = new ArrayList<>();

  private ComparedChanges(
      RawFiles files, TreeCursor old, FileStat.@Nullable Time copied, ChangeSink sink) {
    this.files = files;
    this.xattrs = new RawXattrs(files);
    this.walk = new TreeWalk(files);
    this.old = old;
    this.copied = copied;
    this.sink = sink;
  }

  /**
   * @param parent null for nothing: all of the tree is new
   * @param copied when the copy was finished, by the clock of the file system; null when unknown
   */
  static void read(
      RawFiles files,
      Path tree,
      @Nullable Path parent,
      FileStat.@Nullable Time copied,
      ChangeSink sink)
      throws IOException {
    int root = files.openRoot(tree);
    try (TreeCursor old = new TreeCursor(files, files.openRoot(parent == null ? tree : parent))) {
      if (parent == null) {
        old.downBlind();
      }
      ComparedChanges changes = new ComparedChanges(files, old, copied, sink);
      changes.gone(root, "");
      changes.walk.walk(root, changes);
    } finally {
      files.close(root);
    }
  }

  @Override
  public boolean visit(int directory, String name, FileStat stat) throws IOException {
    FileStat before = old.present() ? files.stat(old.fd(), name) : null;
    String path = walk.path();
    boolean same = before != null && same(directory, name, stat, before);
    if (!same || stat.isDirectory()) {
      SortedMap<String, byte[]> attributes = Trees.xattrs(files, xattrs, directory, name, stat);
      if (same) {
        untold.add(new Ancestor(name, path, stat, attributes));
      } else {
        tell();
        sink.present(directory, name, path, stat, attributes, before != null);
      }
    }
    if (stat.isDirectory()) {
      if (before == null || before.isDirectory()) {
        old.down(name);
      } else {
        old.downBlind();
      }
      boolean sameNames =
          before != null && untouched(stat) && stat.modified().equals(before.modified());
      if (old.present() && !sameNames) {
        int fd = files.openDirectory(directory, name);
        try {
          gone(fd, path);
        } finally {
          files.close(fd);
        }
      }
    }
    return true;
  }

  @Override
  public void leave(int directory, String name) throws IOException {
    old.up();
    String path = walk.path();
    if (!untold.isEmpty() && untold.get(untold.size() - 1).path.equals(path)) {
      untold.remove(untold.size() - 1);
    }
  }

  private void tell() throws IOException {
    for (Ancestor ancestor : untold) {
      sink.present(-1, ancestor.name, ancestor.path, ancestor.stat, ancestor.xattrs, true);
    }
    untold.clear();
  }

  private void gone(int now, String path) throws IOException {
    if (!old.present()) {
      return;
    }
    for (String name : files.list(old.fd())) {
      if (files.stat(now, name) == null) {
        tell();
        sink.removed(path.isEmpty() ? name : path + "/" + name);
      }
    }
  }

  private boolean untouched(FileStat stat) {
    return copied != null && stat.changed().compareTo(copied) < 0;
  }

  private boolean same(int directory, String name, FileStat now, FileStat before)
      throws IOException {
    if (now.type() != before.type()) {
      return false;
    }
    if (now.mode() != before.mode()
        || now.uid() != before.uid()
        || now.gid() != before.gid()
        || now.rdevMajor() != before.rdevMajor()
        || now.rdevMinor() != before.rdevMinor()
        || !now.modified().equals(before.modified())
        || now.isRegular() && now.size() != before.size()
        || now.isSymlink()
            && !files.readlink(directory, name).equals(files.readlink(old.fd(), name))) {
      return false;
    }
    return equal(
            Trees.xattrs(files, xattrs, directory, name, now),
            Trees.xattrs(files, xattrs, old.fd(), name, before))
        && (!now.isRegular() || untouched(now) || sameContent(directory, name));
  }

  private static boolean equal(SortedMap<String, byte[]> one, SortedMap<String, byte[]> two) {
    return one.keySet().equals(two.keySet())
        && one.entrySet().stream()
            .allMatch(entry -> Arrays.equals(entry.getValue(), two.get(entry.getKey())));
  }

  private boolean sameContent(int directory, String name) throws IOException {
    int one = files.openRead(directory, name);
    int two = -1;
    try {
      two = files.openRead(old.fd(), name);
      for (long offset = 0; ; ) {
        int gotOne = files.read(one, files.content().capacity(), offset);
        byte[] bytes = files.taken(gotOne);
        int gotTwo = files.read(two, files.content().capacity(), offset);
        if (gotOne != gotTwo || !Arrays.equals(bytes, files.taken(gotTwo))) {
          return false;
        }
        if (gotOne == 0) {
          return true;
        }
        offset += gotOne;
      }
    } finally {
      files.close(one);
      files.close(two);
    }
  }
}
