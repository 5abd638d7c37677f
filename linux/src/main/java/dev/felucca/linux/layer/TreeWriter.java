package dev.felucca.linux.layer;

import dev.felucca.linux.Errno;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Sysno;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the files of a tar in a tree, each in the place of what had its name, and remembers what
 * can only be said or done when all are there. What a name in a layer means besides a file is
 * {@link LayerApplier}'s. Not for two threads.
 */
final class TreeWriter implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TreeWriter.class);

  /** What sorts behind everything below a directory. */
  static final char AFTER_SLASH = '/' + 1;

  private final RawFiles files;
  private final TarXattrs xattrs;
  private final TreeRemoval removal;
  private final FileContent content;
  private final DirectoryStack here;
  private final DirectoryStack there;
  private final boolean keeping;
  private final boolean keepKinds;
  private final LayerWhiteouts whiteouts;
  private final int umask;
  private final int uid;
  private final PathBudget budget = new PathBudget();
  private final NavigableSet<String> implied = new TreeSet<>();
  private final LateDirectories late = new LateDirectories(budget);
  private final List<AppliedLayer.PendingLink> pending = new ArrayList<>();
  private long bytes;

  /**
   * @param root a descriptor of the tree's root; stays the caller's
   * @param keepKinds refuse to replace a directory by another kind of file, and the reverse
   */
  TreeWriter(RawFiles files, int root, Whiteouts kind, boolean keepKinds) throws IOException {
    this.files = files;
    xattrs = new TarXattrs(files);
    removal = new TreeRemoval(files);
    content = new FileContent(files);
    here = new DirectoryStack(files, root);
    there = new DirectoryStack(files, root);
    keeping = kind == Whiteouts.KEPT;
    this.keepKinds = keepKinds;
    whiteouts = new LayerWhiteouts(files, here, there, kind, implied, budget);
    umask = umask();
    uid = (int) files.call(Sysno.GETEUID);
    implied.add("");
  }

  /** Acts on the directory at hand. */
  LayerWhiteouts whiteouts() {
    return whiteouts;
  }

  /** An entry of the root itself, which is there. */
  void root(TarEntry entry) throws IOException {
    here.reset();
    attributes(entry, "");
  }

  /** All entries are there: directories get what the entries in them would have changed. */
  AppliedLayer finish(long entries) throws IOException {
    late.finish(files, here, xattrs);
    return new AppliedLayer(bytes, entries, List.copyOf(implied), pending, whiteouts.opaqueRoot());
  }

  @Override
  public void close() {
    budget.close();
    here.close();
    there.close();
  }

  /** Goes to the directory that the entry is in, and makes what is missing on the way. */
  void enter(EntryPath path) throws IOException {
    here.enter(path.parents(), this::imply); // nothing is missing: it is made
  }

  /** Makes the entry in the directory at hand, in the place of what is there. */
  void make(TarReader tar, TarEntry entry, String base) throws IOException {
    switch (entry.type()) {
      case TarEntry.DIRECTORY -> directory(entry, base);
      case TarEntry.REGULAR -> regular(tar, entry, base);
      case TarEntry.HARD_LINK -> hardLink(entry, base);
      default -> special(entry, base);
    }
  }

  /** Makes a directory that only the name of something in it asks for. */
  private boolean imply(DirectoryStack at, String name, @Nullable FileStat found)
      throws SyscallException, InvalidLayerException {
    boolean hidden = found != null && keeping && found.isWhiteout();
    if (found != null && !hidden) {
      throw new InvalidLayerException("not a directory in a layer: " + at.display(name));
    }
    if (hidden) {
      files.ok(files.tryUnlink(at.fd(), name, false), "remove", name);
    }
    files.ok(files.tryMkdir(at.fd(), name, 0755), "make directory", name);
    int fd = files.openDirectory(at.fd(), name);
    try {
      files.chmod(fd, 0755);
      if (hidden) {
        whiteouts.setOpaque(fd);
      }
    } finally {
      files.close(fd);
    }
    String path = at.path(name);
    if (!hidden) {
      budget.take(path);
      implied.add(path);
    }
    whiteouts.mineAt(path);
    return true;
  }

  private void directory(TarEntry entry, String base) throws IOException {
    long result = files.tryMkdir(here.fd(), base, entry.mode() & 0777);
    boolean opaque = false;
    if (Errno.EEXIST.is(result)) {
      FileStat found = files.stat(here.fd(), base);
      if (found != null && !found.isDirectory()) {
        if (keepKinds) {
          throw new InvalidLayerException(
              "cannot overwrite non-directory " + here.display(base) + " with a directory");
        }
        clear(base);
        opaque = keeping;
        result = files.tryMkdir(here.fd(), base, entry.mode() & 0777);
        files.ok(result, "make directory", base);
      }
    } else {
      files.ok(result, "make directory", base);
    }
    here.push(base);
    attributes(entry, String.join("/", here.names()));
    if (opaque) {
      whiteouts.setOpaque(here.fd());
    }
    here.up();
  }

  private void attributes(TarEntry entry, String path) throws IOException {
    int fd = here.fd();
    files.chown(fd, entry.uid(), entry.gid());
    files.chmod(fd, entry.mode());
    byte[] defaultAcl = null;
    for (Map.Entry<String, byte[]> xattr : entry.xattrs().entrySet()) {
      if (xattr.getKey().equals(RawXattrs.DEFAULT_ACL)) {
        defaultAcl = xattr.getValue();
      } else {
        xattrs.set(fd, xattr.getKey(), xattr.getValue(), path);
      }
    }
    implied.remove(path);
    late.put(path, entry.modified(), defaultAcl);
  }

  private void regular(TarReader tar, TarEntry entry, String base) throws IOException {
    int fd = files.tryCreate(here.fd(), base, entry.mode() & 0777);
    if (Errno.EEXIST.is(fd)) {
      clear(base);
      fd = files.tryCreate(here.fd(), base, entry.mode() & 0777);
    }
    files.ok(fd, "create", base);
    try {
      bytes += content.write(tar, entry, fd);
      boolean inherits = here.inherits();
      if (inherits || uid != 0 || files.mapped() || entry.uid() != 0 || entry.gid() != 0) {
        files.chown(fd, entry.uid(), entry.gid());
      }
      if (inherits || (entry.mode() & (07000 | umask)) != 0) {
        // After chown, which takes setuid bits and capabilities away.
        files.chmod(fd, entry.mode());
      }
      xattrs.set(fd, entry.xattrs(), base);
      files.times(fd, entry.modified());
    } catch (IOException e) {
      // Half a file, of a disk that is full or a client that left, is worse than none.
      if (Errno.failed(files.tryUnlink(here.fd(), base, false))) {
        LOG.debug("could not remove the half of {}", here.display(base));
      }
      throw e;
    } finally {
      files.close(fd);
    }
  }

  private void special(TarEntry entry, String base) throws IOException {
    long result = makeSpecial(entry, base);
    if (Errno.EEXIST.is(result)) {
      clear(base);
      result = makeSpecial(entry, base);
    }
    files.ok(result, "make", base);
    files.chown(here.fd(), base, entry.uid(), entry.gid());
    if (entry.type() == TarEntry.SYMLINK) {
      bytes += entry.linkName().length();
    } else {
      files.chmodSpecial(here.fd(), base, entry.mode());
    }
    xattrs.set(here.fd(), base, entry.xattrs());
    files.times(here.fd(), base, entry.modified());
  }

  private long makeSpecial(TarEntry entry, String base) throws InvalidLayerException {
    int mode = entry.mode() & 0777;
    return switch (entry.type()) {
      case TarEntry.SYMLINK -> {
        if (entry.linkName().isEmpty()) {
          throw new InvalidLayerException("symbolic link to nothing: " + here.display(base));
        }
        yield files.trySymlink(entry.linkName(), here.fd(), base);
      }
      case TarEntry.CHARACTER ->
          files.tryMknod(
              here.fd(), base, FileStat.CHARACTER | mode, entry.deviceMajor(), entry.deviceMinor());
      case TarEntry.BLOCK ->
          files.tryMknod(
              here.fd(), base, FileStat.BLOCK | mode, entry.deviceMajor(), entry.deviceMinor());
      default -> files.tryMknod(here.fd(), base, FileStat.FIFO | mode, 0, 0);
    };
  }

  private void hardLink(TarEntry entry, String base) throws IOException {
    EntryPath target = EntryPath.parse(entry.linkName());
    boolean reached = there.enter(target.parents(), (at, name, found) -> false);
    FileStat found = reached && !target.isRoot() ? files.stat(there.fd(), target.base()) : null;
    if (found == null || keeping && found.isWhiteout()) {
      if (!keeping) {
        throw new InvalidLayerException(
            "hard link " + here.display(base) + " to a file that is not there: " + target);
      }
      clear(base);
      String names = String.join("/", target.parents());
      String wanted = names.isEmpty() ? target.base() : names + "/" + target.base();
      budget.take(wanted);
      pending.add(new AppliedLayer.PendingLink(here.path(base), wanted));
      return;
    }
    if (found.isDirectory()) {
      throw new InvalidLayerException("hard link " + here.display(base) + " to a directory");
    }
    FileStat old = files.stat(here.fd(), base);
    if (old != null && old.identity().equals(found.identity())) {
      return;
    }
    if (old != null) {
      clear(base);
      // The way to the target may have been removed with it.
      if (!there.enter(target.parents(), (at, name, none) -> false)) {
        throw new InvalidLayerException("hard link replaces its own target: " + target);
      }
    }
    files.ok(files.tryLink(there.fd(), target.base(), here.fd(), base), "link", base);
  }

  /** Removes what is in the way of an entry. */
  private void clear(String base) throws IOException {
    FileStat found = files.stat(here.fd(), base);
    if (found == null) {
      return;
    }
    if (keepKinds && found.isDirectory()) {
      throw new InvalidLayerException(
          "cannot overwrite directory " + here.display(base) + " with a non-directory");
    }
    removal.remove(here.fd(), base);
    there.reset();
    if (found.isDirectory()) {
      forget(here.path(base));
    }
    if (found.isDirectory() || found.isSymlink()) {
      here.restart();
    }
  }

  private void forget(String directory) {
    implied.remove(directory);
    implied.subSet(directory + "/", directory + AFTER_SLASH).clear();
    late.forget(directory);
    whiteouts.forget(directory);
  }

  private static int umask() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/thread-self/status"))) {
      if (line.startsWith("Umask:")) {
        return Integer.parseInt(line.substring(6).strip(), 8);
      }
    }
    return 0777;
  }
}
