package dev.felucca.linux.layer;

import dev.felucca.linux.Errno;
import dev.felucca.linux.SyscallException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The way from the root of a tree down to the directory at hand, every step an open descriptor.
 * Each is opened by its one name below the one before without following links, so no name can lead
 * out of the tree on any kernel; a symbolic link met on the way is walked here as chroot(2) would
 * walk it: an absolute one starts at the tree's root, and {@code ..} stops there. Since the next
 * entry of a tar is mostly near the last, a step is opened about once per directory.
 */
final class DirectoryStack implements AutoCloseable {
  private static final int LINKS_MAX = 40;

  private static final class Step {
    final String name;
    final int fd;
    @Nullable Boolean inherits;

    Step(String name, int fd) {
      this.name = name;
      this.fd = fd;
    }
  }

  private final RawFiles files;
  private final RawXattrs xattrs;
  private final List<Step> steps = new ArrayList<>();
  private final int root;

  /** True while the steps are exactly the names asked for last: no link was walked. */
  private boolean literal = true;

  DirectoryStack(RawFiles files, int root) {
    this.files = files;
    this.xattrs = new RawXattrs(files);
    this.root = root;
  }

  /** What to do with a name that is missing, or in the way, on the way down. */
  interface Missing {
    /**
     * @param found what is there instead of a directory, null for nothing
     * @return true when there is a directory now
     */
    boolean make(DirectoryStack at, String name, @Nullable FileStat found)
        throws SyscallException, InvalidLayerException;
  }

  /**
   * Goes to the directory; false, and somewhere on the way, when {@code missing} could not help.
   */
  boolean enter(List<String> path, Missing missing) throws SyscallException, InvalidLayerException {
    int common = 0;
    if (literal) {
      while (common < path.size()
          && common < steps.size()
          && steps.get(common).name.equals(path.get(common))) {
        common++;
      }
    }
    popTo(common);
    literal = true;
    if (common == path.size()) {
      return true;
    }
    Deque<String> ahead = new ArrayDeque<>(path.subList(common, path.size()));
    int links = 0;
    while (!ahead.isEmpty()) {
      String name = ahead.pop();
      if (name.isEmpty() || name.equals(".")) {
        continue;
      }
      if (name.equals("..")) {
        popTo(Math.max(0, steps.size() - 1));
        continue;
      }
      if (tryPush(name)) {
        continue;
      }
      FileStat found = files.stat(fd(), name);
      if (found != null && found.isSymlink()) {
        literal = false;
        if (++links > LINKS_MAX) {
          throw new InvalidLayerException("too many symbolic links at " + display(name));
        }
        String target = files.readlink(fd(), name);
        if (target.startsWith("/")) {
          popTo(0);
        }
        String[] components = target.split("/");
        for (int i = components.length - 1; i >= 0; i--) {
          ahead.push(components[i]);
        }
      } else if (!missing.make(this, name, found)) {
        return false;
      } else {
        push(name);
      }
    }
    return true;
  }

  /** Goes one step down to a directory that is there. */
  void push(String name) throws SyscallException {
    steps.add(new Step(name, files.openDirectory(fd(), name)));
  }

  /** Goes back up from a {@link #push}. */
  void up() {
    popTo(steps.size() - 1);
  }

  /** Makes the next {@link #enter} look at every name again; where it is now stays in reach. */
  void restart() {
    literal = false;
  }

  private boolean tryPush(String name) throws SyscallException {
    int fd = files.tryDirectory(fd(), name);
    if (Errno.ENOENT.is(fd) || Errno.ENOTDIR.is(fd) || Errno.ELOOP.is(fd)) {
      return false;
    }
    files.ok(fd, "open directory", name);
    steps.add(new Step(name, fd));
    return true;
  }

  int fd() {
    return steps.isEmpty() ? root : steps.get(steps.size() - 1).fd;
  }

  /** The real path of the directory at hand, of {@code child} in it: no leading slash. */
  String path(String child) {
    StringBuilder path = new StringBuilder();
    for (Step step : steps) {
      path.append(step.name).append('/');
    }
    return path.append(child).toString();
  }

  String display(String child) {
    return RawName.display(path(child));
  }

  List<String> names() {
    return steps.stream().map(step -> step.name).toList();
  }

  /** Whether new files here take more than the caller's ids and mode: setgid or a default ACL. */
  boolean inherits() throws SyscallException {
    if (steps.isEmpty()) {
      return true;
    }
    Step top = steps.get(steps.size() - 1);
    Boolean known = top.inherits;
    if (known == null) {
      known =
          (files.stat(top.fd).mode() & FileStat.SETGID) != 0
              || xattrs.get(top.fd, RawXattrs.DEFAULT_ACL) != null;
      top.inherits = known;
    }
    return known;
  }

  /** Goes back to the root: names on the way may have come to mean something else. */
  void reset() {
    popTo(0);
    literal = true;
  }

  private void popTo(int depth) {
    while (steps.size() > depth) {
      files.close(steps.remove(steps.size() - 1).fd);
    }
  }

  @Override
  public void close() {
    popTo(0);
  }
}
