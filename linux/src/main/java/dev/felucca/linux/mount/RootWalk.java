package dev.felucca.linux.mount;

import dev.felucca.linux.Errno;
import dev.felucca.linux.Fd;
import dev.felucca.linux.LinuxFiles;
import dev.felucca.linux.OpenFlag;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
import java.nio.file.Path;

/**
 * Finds files below a root as a process confined to it would, by openat2(2), from Linux 5.6. No
 * symbolic link and no {@code ..} leads out, also while somebody moves directories meanwhile.
 */
public final class RootWalk {
  /** The kernel gives up on a walk through {@code ..} while anything is renamed anywhere. */
  private static final int TRIES = 1000;

  private final LinuxFiles files;

  public RootWalk(Syscalls linux) {
    this.files = new LinuxFiles(linux);
  }

  /** A descriptor that only names the file; links are followed to the end. */
  public Fd open(Fd root, String path, OpenFlag... more) throws SyscallException {
    OpenFlag[] flags = new OpenFlag[more.length + 1];
    flags[0] = OpenFlag.PATH;
    System.arraycopy(more, 0, flags, 1, more.length);
    for (int tried = 1; ; tried++) {
      try {
        return files.openat2(
            root.number(),
            path,
            0,
            LinuxFiles.RESOLVE_IN_ROOT | LinuxFiles.RESOLVE_NO_MAGICLINKS,
            flags);
      } catch (SyscallException e) {
        if (e.errno() != Errno.EAGAIN || tried == TRIES) {
          throw e;
        }
      }
    }
  }

  /** The same, after making what is missing of the path: directories, and at its end a file. */
  public Fd openOrMake(Fd root, String path, boolean directory) throws SyscallException {
    Path clean = Path.of("/").resolve(path).normalize();
    for (int length = 1; length <= clean.getNameCount(); length++) {
      Path part = Path.of("/").resolve(clean.subpath(0, length));
      try {
        open(root, part.toString()).close();
      } catch (SyscallException e) {
        if (e.errno() != Errno.ENOENT) {
          throw e;
        }
        make(root, part, directory || length < clean.getNameCount());
      }
    }
    return open(root, clean.toString());
  }

  private void make(Fd root, Path path, boolean directory) throws SyscallException {
    String name = path.getFileName().toString();
    try (Fd above = open(root, String.valueOf(path.getParent()), OpenFlag.DIRECTORY)) {
      if (directory) {
        files.mkdirat(above.number(), name, 0755);
      } else {
        files
            .openat(
                above.number(),
                name,
                0644,
                OpenFlag.WRONLY,
                OpenFlag.CREAT,
                OpenFlag.EXCL,
                OpenFlag.NOFOLLOW)
            .close();
      }
    }
  }
}
