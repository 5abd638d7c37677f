package dev.felucca.linux.layer;

import dev.felucca.linux.Errno;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Sysno;
import java.io.IOException;

/** Removes trees of any depth, also files that a container made immutable or append-only. */
final class TreeRemoval {
  private static final long FS_IOC_GETFLAGS = 0x80086601L;
  private static final long FS_IOC_SETFLAGS = 0x40086602L;
  private static final int FS_IMMUTABLE_FL = 0x10;
  private static final int FS_APPEND_FL = 0x20;

  private final RawFiles files;

  TreeRemoval(RawFiles files) {
    this.files = files;
  }

  /** Removes the file or tree; nothing happens when there is none. */
  void remove(int directory, String name) throws IOException {
    long result = files.tryUnlink(directory, name, false);
    if (!Errno.failed(result) || Errno.ENOENT.is(result)) {
      return;
    }
    FileStat stat = files.stat(directory, name);
    if (stat == null) {
      return;
    }
    if (stat.isDirectory()) {
      int fd = files.openDirectory(directory, name);
      try {
        empty(fd);
      } finally {
        files.close(fd);
      }
    }
    unlink(directory, name, stat.isDirectory());
  }

  /** Removes all that is in the directory. */
  void empty(int fd) throws IOException {
    new TreeWalk(files)
        .walk(
            fd,
            new TreeWalk.Visitor() {
              @Override
              public boolean visit(int directory, String name, FileStat stat) throws IOException {
                if (!stat.isDirectory()) {
                  unlink(directory, name, false);
                }
                return true;
              }

              @Override
              public void leave(int directory, String name) throws IOException {
                unlink(directory, name, true);
              }
            });
  }

  private void unlink(int directory, String name, boolean isDirectory) throws IOException {
    long result = files.tryUnlink(directory, name, isDirectory);
    if (Errno.EPERM.is(result)) {
      soften(directory);
      FileStat stat = files.stat(directory, name);
      if (stat != null && (stat.isDirectory() || stat.isRegular())) {
        int fd = files.openRead(directory, name);
        try {
          soften(fd);
        } finally {
          files.close(fd);
        }
      }
      result = files.tryUnlink(directory, name, isDirectory);
    }
    if (!Errno.ENOENT.is(result)) {
      files.ok(result, "remove", name);
    }
  }

  /** Takes the immutable and append-only flags away, which bind root as well. */
  private void soften(int fd) throws SyscallException {
    long flags = files.offset(0, 0);
    if (Errno.failed(files.call(Sysno.IOCTL, fd, FS_IOC_GETFLAGS, flags))) {
      return;
    }
    long set = files.offsetValue(0);
    long cleared = set & ~(FS_IMMUTABLE_FL | FS_APPEND_FL);
    if (set != cleared) {
      files.ok(
          files.call(Sysno.IOCTL, fd, FS_IOC_SETFLAGS, files.offset(0, cleared)),
          "clear immutable flag",
          "");
    }
  }
}
