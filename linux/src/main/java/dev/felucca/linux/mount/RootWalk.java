package dev.felucca.linux.mount;

import dev.felucca.linux.Errno;
import dev.felucca.linux.Fd;
import dev.felucca.linux.LinuxFiles;
import dev.felucca.linux.OpenFlag;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

/**
 * Finds files below a root as a process confined to it would, by openat2(2), from Linux 5.6. No
 * symbolic link and no {@code ..} leads out, also while somebody moves directories meanwhile.
 */
public final class RootWalk {
  /** The kernel gives up on a walk through {@code ..} while anything is renamed anywhere. */
  private static final int TRIES = 1000;

  /** As the kernel counts them. */
  private static final int LINKS_MAX = 40;

  private final LinuxFiles files;

  public RootWalk(Syscalls linux) {
    this.files = new LinuxFiles(linux);
  }

  /** A descriptor that only names the file; links are followed to the end. */
  public Fd open(Fd root, String path, OpenFlag... more) throws SyscallException {
    return open(root, path, LinuxFiles.RESOLVE_IN_ROOT, more);
  }

  /**
   * The same for a relative path that is to stay below the directory: EXDEV when a link or {@code
   * ..} leads out.
   */
  public Fd openBelow(Fd directory, String path, OpenFlag... more) throws SyscallException {
    return open(directory, path, LinuxFiles.RESOLVE_BENEATH, more);
  }

  private Fd open(Fd root, String path, long resolve, OpenFlag... more) throws SyscallException {
    OpenFlag[] flags = new OpenFlag[more.length + 1];
    flags[0] = OpenFlag.PATH;
    System.arraycopy(more, 0, flags, 1, more.length);
    for (int tried = 1; ; tried++) {
      try {
        return files.openat2(
            root.number(), path, 0, resolve | LinuxFiles.RESOLVE_NO_MAGICLINKS, flags);
      } catch (SyscallException e) {
        if (e.errno() != Errno.EAGAIN || tried == TRIES) {
          throw e;
        }
      }
    }
  }

  /**
   * The same, after making what is missing of the path: directories, and at its end a file. Where a
   * symbolic link leads nowhere, what is missing there is made.
   */
  public Fd openOrMake(Fd root, String path, boolean directory) throws SyscallException {
    Deque<String> left = new ArrayDeque<>(components(path));
    StringBuilder here = new StringBuilder("/");
    int links = 0;
    while (!left.isEmpty()) {
      String name = left.pop();
      String above = here.toString();
      here.append('/').append(name);
      String link =
          isThere(root, here.toString())
              ? ""
              : linkOrMade(root, above, name, directory || !left.isEmpty());
      if (!link.isEmpty()) {
        if (++links > LINKS_MAX) {
          throw new SyscallException("open " + path, Errno.ELOOP);
        }
        List<String> leading = components(link);
        for (int i = leading.size() - 1; i >= 0; i--) {
          left.push(leading.get(i));
        }
        here.setLength(0);
        here.append(link.startsWith("/") ? "/" : above);
      }
    }
    return open(root, here.toString());
  }

  private static List<String> components(String path) {
    return Arrays.stream(path.split("/"))
        .filter(name -> !name.isEmpty() && !name.equals("."))
        .toList();
  }

  private boolean isThere(Fd root, String path) throws SyscallException {
    try {
      open(root, path).close();
      return true;
    } catch (SyscallException e) {
      if (e.errno() == Errno.ENOENT) {
        return false;
      }
      throw e;
    }
  }

  /** Where a link there leads to; empty when there was nothing, which then is made. */
  private String linkOrMade(Fd root, String directory, String name, boolean asDirectory)
      throws SyscallException {
    try (Fd above = open(root, directory, OpenFlag.DIRECTORY)) {
      try {
        return files.readlinkat(above.number(), name);
      } catch (SyscallException e) {
        if (e.errno() != Errno.ENOENT) {
          throw e;
        }
      }
      if (asDirectory) {
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
      return "";
    }
  }
}
