package dev.felucca.tck.storage;

import dev.felucca.linux.Fd;
import dev.felucca.linux.LinuxFiles;
import dev.felucca.linux.NativeMemory;
import dev.felucca.linux.OpenFlag;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Trees that are hard to get rid of. */
final class HardTrees {
  private static final long FS_IOC_SETFLAGS = 0x40086602L;
  private static final int FS_IMMUTABLE_FL = 0x10;

  private HardTrees() {}

  /** Directories in one another, whose path is longer than any call would take. */
  static void deep(Syscalls linux, Path top, int depth, String name) throws SyscallException {
    LinuxFiles files = new LinuxFiles(linux);
    Fd at = files.openat(LinuxFiles.AT_FDCWD, top.toString(), 0, OpenFlag.DIRECTORY);
    try {
      for (int i = 0; i < depth; i++) {
        files.mkdirat(at.number(), name, 0755);
        Fd next = files.openat(at.number(), name, 0, OpenFlag.DIRECTORY);
        at.close();
        at = next;
      }
      files.openat(at.number(), "leaf", 0644, OpenFlag.CREAT, OpenFlag.WRONLY).close();
    } finally {
      at.close();
    }
  }

  /** A directory with a file in it, both with the immutable flag where the file system has one. */
  static void immutable(Syscalls linux, Path directory) throws IOException {
    Files.createDirectory(directory);
    Path file = Files.writeString(directory.resolve("file"), "for ever");
    for (Path each : new Path[] {file, directory}) {
      LinuxFiles files = new LinuxFiles(linux);
      try (Fd fd = files.openat(LinuxFiles.AT_FDCWD, each.toString(), 0);
          NativeMemory memory = new NativeMemory()) {
        // A file system without the flag makes the test easier, not wrong.
        linux.call(Sysno.IOCTL, fd.number(), FS_IOC_SETFLAGS, memory.longs(FS_IMMUTABLE_FL));
      }
    }
  }
}
