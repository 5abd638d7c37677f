package dev.felucca.linux.layer;

import dev.felucca.linux.Errno;
import dev.felucca.linux.SyscallException;

/**
 * A place in a tree that nobody else moves about: one open descriptor, whatever the depth. It can
 * go below what is there, and then sees nothing until it comes back up.
 */
final class TreeCursor implements AutoCloseable {
  private final RawFiles files;
  private int fd;
  private int missing;

  /** Takes over the descriptor. */
  TreeCursor(RawFiles files, int fd) {
    this.files = files;
    this.fd = fd;
  }

  /** True while it is at a directory that exists. */
  boolean present() {
    return missing == 0;
  }

  int fd() {
    return fd;
  }

  void down(String name) throws SyscallException {
    if (missing > 0) {
      missing++;
      return;
    }
    int child = files.tryDirectory(fd, name);
    if (Errno.ENOENT.is(child) || Errno.ENOTDIR.is(child) || Errno.ELOOP.is(child)) {
      missing++;
      return;
    }
    files.ok(child, "open directory", name);
    files.close(fd);
    fd = child;
  }

  /** Goes below without looking: nothing is to be seen there. */
  void downBlind() {
    missing++;
  }

  void up() throws SyscallException {
    if (missing > 0) {
      missing--;
      return;
    }
    int parent = files.openDirectory(fd, "..");
    files.close(fd);
    fd = parent;
  }

  @Override
  public void close() {
    files.close(fd);
    fd = -1;
  }
}
