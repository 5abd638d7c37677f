package dev.felucca.linux.layer;

import dev.felucca.linux.Errno;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Walks a tree in the order of name bytes, directories before what is in them. Neither the depth of
 * a tree nor the length of its paths is limited: there is no recursion, and only the lowest
 * directories are kept open; one further up is found again through {@code ..}. A tree may change
 * under the walk: what vanishes is passed over, and a directory moved elsewhere ends it with an
 * IOException rather than leading it out of the tree.
 */
final class TreeWalk {
  private static final int OPEN_MAX = 64;

  /** What is done with each file; {@code directory} is the open one that holds {@code name}. */
  interface Visitor {
    /** Returns whether to go into it, which matters for directories only. */
    boolean visit(int directory, String name, FileStat stat) throws IOException;

    /** After all that is in the directory {@code name}, or when it has vanished. */
    default void leave(int directory, String name) throws IOException {}
  }

  private static final class Level {
    final List<String> names;
    final FileStat.@Nullable Identity identity;
    final int pathLength;
    int fd;
    int next;

    Level(int fd, List<String> names, FileStat.@Nullable Identity identity, int pathLength) {
      this.fd = fd;
      this.names = names;
      this.identity = identity;
      this.pathLength = pathLength;
    }

    String current() {
      return names.get(next - 1);
    }
  }

  private final RawFiles files;
  private final List<Level> levels = new ArrayList<>();
  private final StringBuilder path = new StringBuilder();

  TreeWalk(RawFiles files) {
    this.files = files;
  }

  /** The path of the file at hand below where the walk began. */
  String path() {
    return path.toString();
  }

  /** Walks all that is in the directory {@code root}, which stays the caller's to close. */
  void walk(int root, Visitor visitor) throws IOException {
    levels.add(new Level(root, files.list(root), null, 0));
    try {
      while (!levels.isEmpty()) {
        Level level = levels.get(levels.size() - 1);
        path.setLength(level.pathLength);
        if (level.next == level.names.size()) {
          up(visitor);
        } else {
          down(level, visitor);
        }
      }
    } finally {
      for (int i = 1; i < levels.size(); i++) {
        files.close(levels.get(i).fd);
      }
      levels.clear();
    }
  }

  private void down(Level level, Visitor visitor) throws IOException {
    String name = level.names.get(level.next++);
    FileStat stat = files.stat(level.fd, name);
    if (stat == null) {
      return;
    }
    if (path.length() > 0) {
      path.append('/');
    }
    path.append(name);
    if (!visitor.visit(level.fd, name, stat) || !stat.isDirectory()) {
      return;
    }
    long opened = files.tryDirectory(level.fd, name);
    if (Errno.ENOENT.is(opened)) {
      visitor.leave(level.fd, name);
      return;
    }
    int fd = (int) files.ok(opened, "open directory", name);
    levels.add(new Level(fd, List.of(), null, path.length()));
    Level entered = new Level(fd, files.list(fd), files.stat(fd).identity(), path.length());
    levels.set(levels.size() - 1, entered);
    int old = levels.size() - 1 - OPEN_MAX;
    if (old > 0) {
      files.close(levels.get(old).fd);
      levels.get(old).fd = -1;
    }
  }

  private void up(Visitor visitor) throws IOException {
    Level left = levels.get(levels.size() - 1);
    if (levels.size() > 1) {
      Level parent = levels.get(levels.size() - 2);
      if (parent.fd < 0) {
        int fd = files.openDirectory(left.fd, "..");
        parent.fd = fd;
        if (!files.stat(fd).identity().equals(parent.identity)) {
          throw new IOException("directory was moved while being read: " + RawName.display(path()));
        }
      }
      files.close(left.fd);
      levels.remove(levels.size() - 1);
      visitor.leave(parent.fd, parent.current());
    } else {
      levels.remove(0);
    }
  }
}
