package dev.felucca.linux.process;

import dev.felucca.linux.Errno;
import dev.felucca.linux.Fd;
import dev.felucca.linux.LinuxFiles;
import dev.felucca.linux.NativeMemory;
import dev.felucca.linux.OpenFlag;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Executables that exist only as descriptors: a memory file each, or, on hosts that refuse to
 * execute those ({@code vm.memfd_noexec=2}), a file that is unlinked as soon as it is open.
 */
final class ExecutableFiles {
  private static final long MFD_CLOEXEC = 1;
  private static final long MFD_EXEC = 0x10;
  private static final AtomicLong SERIAL = new AtomicLong();

  private final Syscalls linux;
  private final LinuxFiles files;
  private final Path directory;

  ExecutableFiles(Syscalls linux, Path directory) {
    this.linux = linux;
    this.files = new LinuxFiles(linux);
    this.directory = directory;
  }

  Fd make(String name, byte[] content) throws SyscallException {
    long memory = memfd(name);
    if (Errno.failed(memory)) {
      return onDisk(content);
    }
    return filled(new Fd(linux, memory), content);
  }

  /** A memory file or nothing: it can still be written, which nobody but its holders can. */
  Fd inMemory(String name, byte[] content) throws SyscallException {
    long memory = memfd(name);
    if (Errno.failed(memory)) {
      throw new SyscallException("make an executable memory file", Errno.of(memory));
    }
    return filled(new Fd(linux, memory), content);
  }

  private static Fd filled(Fd file, byte[] content) throws SyscallException {
    try {
      file.write(content);
      return file;
    } catch (SyscallException e) {
      file.close();
      throw e;
    }
  }

  private long memfd(String name) {
    try (NativeMemory memory = new NativeMemory()) {
      long address = memory.string(name);
      long file = linux.call(Sysno.MEMFD_CREATE, address, MFD_CLOEXEC | MFD_EXEC);
      // Before Linux 6.3 there is no such flag, and every memory file is executable.
      return Errno.EINVAL.is(file) ? linux.call(Sysno.MEMFD_CREATE, address, MFD_CLOEXEC) : file;
    }
  }

  /** Opened again for reading: a file open for writing cannot be executed (ETXTBSY). */
  private Fd onDisk(byte[] content) throws SyscallException {
    String path =
        directory
            .resolve("." + ProcessHandle.current().pid() + "-" + SERIAL.incrementAndGet())
            .toString();
    int here = LinuxFiles.AT_FDCWD;
    try {
      try (Fd file =
          files.openat(here, path, 0700, OpenFlag.WRONLY, OpenFlag.CREAT, OpenFlag.EXCL)) {
        file.write(content);
      }
      return files.openat(here, path, 0, OpenFlag.RDONLY);
    } finally {
      files.unlinkat(here, path, 0);
    }
  }
}
