package dev.felucca.linux.layer;

import dev.felucca.linux.Errno;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Sysno;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/**
 * Copies a tree with all that a file is: ids, mode, times, attributes, holes, devices, hard links.
 * Content is shared where the file system can (FICLONE), else moved inside the kernel.
 */
final class TreeCopy implements TreeWalk.Visitor {
  private static final long FICLONE = 0x40049409L;
  private static final int SEEK_DATA = 3;
  private static final int SEEK_HOLE = 4;

  private final RawFiles files;
  private final RawXattrs xattrs;
  private final TreeWalk walk;
  private final TreeCursor target;
  private final int targetRoot;
  private final Map<FileStat.Identity, String> linked = new HashMap<>();
  private boolean clones = true;
  private boolean moves = true;

  private TreeCopy(RawFiles files, int targetRoot) throws SyscallException {
    this.files = files;
    this.xattrs = new RawXattrs(files);
    this.walk = new TreeWalk(files);
    this.targetRoot = targetRoot;
    this.target = new TreeCursor(files, files.openDirectory(targetRoot, "."));
  }

  /** Copies what is in {@code source}, and its own attributes, to an empty directory. */
  static void copy(RawFiles files, int source, int targetRoot) throws IOException {
    TreeCopy copy = new TreeCopy(files, targetRoot);
    try (copy.target) {
      copy.walk.walk(source, copy);
      copy.directoryAttributes(source, targetRoot);
    }
  }

  /** Copies one file that is no directory; fails when the target's name is taken. */
  static void copyFile(
      RawFiles files, int directory, String name, FileStat stat, int targetDirectory, String to)
      throws IOException {
    TreeCopy copy = new TreeCopy(files, targetDirectory);
    copy.target.close();
    copy.file(directory, name, stat, targetDirectory, to);
  }

  /** Gives a directory the ids, mode, attributes and time of another. */
  static void attributes(RawFiles files, int from, int to) throws SyscallException {
    TreeCopy copy = new TreeCopy(files, to);
    copy.target.close();
    copy.directoryAttributes(from, to);
  }

  @Override
  public boolean visit(int directory, String name, FileStat stat) throws IOException {
    if (stat.isDirectory()) {
      files.ok(files.tryMkdir(target.fd(), name, 0700), "make directory", name);
      target.down(name);
      return true;
    }
    if (stat.links() > 1) {
      String first = linked.putIfAbsent(stat.identity(), walk.path());
      if (first != null) {
        long made = files.tryLink(targetRoot, first, target.fd(), name);
        // Too many links for this file system, or a path too long to name: a copy is what is left.
        if (!Errno.EMLINK.is(made) && !Errno.ENAMETOOLONG.is(made)) {
          files.ok(made, "link", name);
          return false;
        }
      }
    }
    file(directory, name, stat, target.fd(), name);
    return false;
  }

  @Override
  public void leave(int directory, String name) throws IOException {
    int source = files.openDirectory(directory, name);
    try {
      directoryAttributes(source, target.fd());
    } finally {
      files.close(source);
    }
    target.up();
  }

  private void directoryAttributes(int source, int to) throws SyscallException {
    FileStat stat = files.stat(source);
    files.chown(to, stat.uid(), stat.gid());
    files.chmod(to, stat.permissions());
    for (Map.Entry<String, byte[]> xattr : xattrs.all(source).entrySet()) {
      xattrs.set(to, xattr.getKey(), xattr.getValue());
    }
    files.times(to, stat.modified());
  }

  private void file(int directory, String name, FileStat stat, int to, String toName)
      throws IOException {
    switch (stat.type()) {
      case FileStat.REGULAR -> {
        regular(directory, name, stat, to, toName);
        return;
      }
      case FileStat.SYMLINK ->
          files.ok(
              files.trySymlink(files.readlink(directory, name), to, toName), "symlink", toName);
      default ->
          files.ok(
              files.tryMknod(to, toName, stat.mode(), stat.rdevMajor(), stat.rdevMinor()),
              "make",
              toName);
    }
    files.chown(to, toName, stat.uid(), stat.gid());
    if (!stat.isSymlink()) {
      files.chmodSpecial(to, toName, stat.permissions());
    }
    for (Map.Entry<String, byte[]> xattr : xattrs.all(directory, name).entrySet()) {
      xattrs.set(to, toName, xattr.getKey(), xattr.getValue());
    }
    files.times(to, toName, stat.modified());
  }

  private void regular(int directory, String name, FileStat stat, int to, String toName)
      throws IOException {
    int in = files.openRead(directory, name);
    int out = -1;
    try {
      out = files.tryCreate(to, toName, 0600);
      files.ok(out, "create", toName);
      if (stat.size() > 0 && !cloned(in, out)) {
        content(in, out, stat.size());
      }
      files.chown(out, stat.uid(), stat.gid());
      files.chmod(out, stat.permissions());
      for (Map.Entry<String, byte[]> xattr : xattrs.all(in).entrySet()) {
        xattrs.set(out, xattr.getKey(), xattr.getValue());
      }
      files.times(out, stat.modified());
    } finally {
      files.close(in);
      files.close(out);
    }
  }

  private boolean cloned(int in, int out) {
    if (clones) {
      clones = !Errno.failed(files.call(Sysno.IOCTL, out, FICLONE, in));
    }
    return clones;
  }

  private void content(int in, int out, long size) throws IOException {
    for (long at = 0; at < size; ) {
      long data = files.call(Sysno.LSEEK, in, at, SEEK_DATA);
      if (Errno.ENXIO.is(data)) {
        break;
      }
      boolean blind = Errno.failed(data);
      long start = blind ? at : data;
      long end = blind ? size : files.call(Sysno.LSEEK, in, start, SEEK_HOLE);
      move(in, out, start, Math.min(Errno.failed(end) ? size : end, size));
      at = Errno.failed(end) ? size : end;
    }
    files.truncate(out, size);
  }

  private void move(int in, int out, long from, long end) throws IOException {
    long at = from;
    while (at < end) {
      long got = -Errno.ENOSYS.number();
      if (moves) {
        got =
            files.call(
                Sysno.COPY_FILE_RANGE,
                in,
                files.offset(0, at),
                out,
                files.offset(1, at),
                Math.min(end - at, 1 << 30),
                0);
      }
      if (Errno.failed(got)) {
        // EXDEV, EINVAL, EOPNOTSUPP, ENOSYS by file system and kernel: reading tells the truth.
        moves = false;
        got = files.read(in, (int) Math.min(end - at, files.content().capacity()), at);
        files.write(out, 0, (int) got, at);
      }
      if (got == 0) {
        return;
      }
      at += got;
    }
  }
}
