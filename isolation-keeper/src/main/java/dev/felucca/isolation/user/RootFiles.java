package dev.felucca.isolation.user;

import dev.felucca.linux.Errno;
import dev.felucca.linux.Fd;
import dev.felucca.linux.LinuxFiles;
import dev.felucca.linux.OpenFlag;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * Small text files in a process's root, whatever somebody has put there: links resolve inside the
 * root, pipes and devices are not waited for, endless files end.
 */
public final class RootFiles {
  private static final int MAX = 4 << 20;
  private static final int S_IFMT = 0170000;
  private static final int S_IFREG = 0100000;

  private final LinuxFiles files;
  private final String root;

  /** The root of that process, which its namespace's first process must not have left yet. */
  public RootFiles(Syscalls linux, int pid) {
    this.files = new LinuxFiles(linux);
    this.root = "/proc/" + pid + "/root";
  }

  /** The root that a descriptor names; it stays the caller's. */
  public RootFiles(Syscalls linux, Fd root) {
    this.files = new LinuxFiles(linux);
    this.root = "/proc/self/fd/" + root.number();
  }

  /** The file's text, each byte a character; empty when there is no such regular file. */
  public String read(String path) throws IOException {
    try (Fd top = files.openat(LinuxFiles.AT_FDCWD, root, 0, OpenFlag.PATH, OpenFlag.DIRECTORY);
        Fd file =
            files.openat2(
                top.number(),
                path,
                0,
                LinuxFiles.RESOLVE_IN_ROOT | LinuxFiles.RESOLVE_NO_MAGICLINKS,
                OpenFlag.RDONLY,
                OpenFlag.NONBLOCK,
                OpenFlag.NOCTTY)) {
      if ((files.mode(file) & S_IFMT) != S_IFREG) {
        return "";
      }
      return read(path, file);
    } catch (SyscallException e) {
      if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENOTDIR || e.errno() == Errno.ELOOP) {
        return "";
      }
      throw e;
    }
  }

  private static String read(String path, Fd file) throws IOException {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    byte[] buffer = new byte[8192];
    for (int got = file.read(buffer); got > 0; got = file.read(buffer)) {
      text.write(buffer, 0, got);
      if (text.size() > MAX) {
        throw new IOException("the container's " + path + " has more than " + MAX + " bytes");
      }
    }
    return text.toString(StandardCharsets.UTF_8);
  }
}
