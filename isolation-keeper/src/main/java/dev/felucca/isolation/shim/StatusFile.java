package dev.felucca.isolation.shim;

import dev.felucca.linux.Fd;
import dev.felucca.linux.LinuxFiles;
import dev.felucca.linux.NativeMemory;
import dev.felucca.linux.OpenFlag;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import dev.felucca.linux.process.PidFd;
import java.nio.file.Path;
import java.util.Optional;

/** The file a shim and the engine share: parameters one way, the end of the process the other. */
public final class StatusFile implements AutoCloseable {
  /** Where in the file the parameters are. */
  public static final int PARAMETERS = 4096;

  private static final long MFD_CLOEXEC = 1;

  private final Syscalls linux;
  private final Fd file;

  private StatusFile(Syscalls linux, Fd file) {
    this.linux = linux;
    this.file = file;
  }

  public static StatusFile open(Syscalls linux, Path path) throws SyscallException {
    return new StatusFile(
        linux,
        new LinuxFiles(linux)
            .openat(LinuxFiles.AT_FDCWD, path.toString(), 0600, OpenFlag.RDWR, OpenFlag.CREAT));
  }

  /** The one that this shim writes. */
  public static StatusFile of(Syscalls linux, PidFd shim) throws SyscallException {
    return new StatusFile(linux, shim.getfd(ShimFds.STATUS));
  }

  /** One that only a shim and this engine ever see. */
  public static StatusFile inMemory(Syscalls linux) throws SyscallException {
    try (NativeMemory memory = new NativeMemory()) {
      return new StatusFile(
          linux,
          new Fd(
              linux,
              linux.check(
                  "make a memory file",
                  Sysno.MEMFD_CREATE,
                  memory.string("felucca-exec"),
                  MFD_CLOEXEC)));
    }
  }

  public Fd fd() {
    return file;
  }

  public void parameters(byte[] message) throws SyscallException {
    try (NativeMemory memory = new NativeMemory()) {
      long address = memory.bytes(message);
      linux.check(
          "write parameters", Sysno.PWRITE64, file.number(), address, message.length, PARAMETERS);
    }
  }

  /** How the process ended, once the shim wrote it. */
  public Optional<StatusRecord> record() throws SyscallException {
    try (NativeMemory memory = new NativeMemory()) {
      long address = memory.allocate(StatusRecord.SIZE);
      linux.check("read status", Sysno.PREAD64, file.number(), address, StatusRecord.SIZE, 0);
      return StatusRecord.of(memory.read(address, StatusRecord.SIZE));
    }
  }

  @Override
  public void close() {
    file.close();
  }
}
