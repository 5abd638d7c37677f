package dev.felucca.linux;

import static dev.felucca.linux.OpenFlag.CLOEXEC;

/**
 * Files by the calls of their man pages. Every path is relative to a directory descriptor, or to
 * the working directory with {@link #AT_FDCWD}. Every descriptor made is close-on-exec.
 */
public final class LinuxFiles {
  public static final int AT_FDCWD = -100;
  public static final int AT_SYMLINK_NOFOLLOW = 0x100;
  public static final int AT_REMOVEDIR = 0x200;
  public static final int AT_EMPTY_PATH = 0x1000;

  /** openat2(2): no component may leave the directory the path is relative to. */
  public static final long RESOLVE_BENEATH = 0x08;

  /** openat2(2): the directory is the root of the lookup, as chroot(2) would make it. */
  public static final long RESOLVE_IN_ROOT = 0x10;

  public static final long RESOLVE_NO_SYMLINKS = 0x04;
  public static final long RESOLVE_NO_MAGICLINKS = 0x02;
  public static final long RESOLVE_NO_XDEV = 0x01;

  private final Syscalls linux;

  public LinuxFiles(Syscalls linux) {
    this.linux = linux;
  }

  /** openat(2). */
  public Fd openat(int directory, String path, int mode, OpenFlag... flags)
      throws SyscallException {
    try (NativeMemory memory = new NativeMemory()) {
      return new Fd(
          linux,
          linux.check(
              "open " + path,
              Sysno.OPENAT,
              directory,
              memory.string(path),
              OpenFlag.bits(linux.arch(), flags) | OpenFlag.bits(linux.arch(), CLOEXEC),
              mode));
    }
  }

  /** openat2(2), from Linux 5.6. */
  public Fd openat2(int directory, String path, int mode, long resolve, OpenFlag... flags)
      throws SyscallException {
    try (NativeMemory memory = new NativeMemory()) {
      long how =
          memory.longs(
              OpenFlag.bits(linux.arch(), flags) | OpenFlag.bits(linux.arch(), CLOEXEC),
              mode,
              resolve);
      return new Fd(
          linux,
          linux.check("open " + path, Sysno.OPENAT2, directory, memory.string(path), how, 24));
    }
  }

  /** mkdirat(2). */
  public void mkdirat(int directory, String path, int mode) throws SyscallException {
    onPath("mkdir " + path, Sysno.MKDIRAT, directory, path, mode, 0);
  }

  /** mknodat(2); {@code mode} carries the type. */
  public void mknodat(int directory, String path, int mode, int major, int minor)
      throws SyscallException {
    onPath("mknod " + path, Sysno.MKNODAT, directory, path, mode, makedev(major, minor));
  }

  /** unlinkat(2); {@link #AT_REMOVEDIR} for a directory. */
  public void unlinkat(int directory, String path, int flags) throws SyscallException {
    onPath("unlink " + path, Sysno.UNLINKAT, directory, path, flags, 0);
  }

  /** readlinkat(2). */
  public String readlinkat(int directory, String path) throws SyscallException {
    try (NativeMemory memory = new NativeMemory()) {
      long buffer = memory.allocate(4096);
      long length =
          linux.check(
              "readlink " + path, Sysno.READLINKAT, directory, memory.string(path), buffer, 4095);
      memory.putByte(buffer + length, 0);
      return memory.readString(buffer);
    }
  }

  /** fchownat(2); -1 leaves an id as it is. */
  public void fchownat(int directory, String path, int uid, int gid, int flags)
      throws SyscallException {
    try (NativeMemory memory = new NativeMemory()) {
      linux.check("chown " + path, Sysno.FCHOWNAT, directory, memory.string(path), uid, gid, flags);
    }
  }

  /** fchmodat(2), which always follows symbolic links. */
  public void fchmodat(int directory, String path, int mode) throws SyscallException {
    onPath("chmod " + path, Sysno.FCHMODAT, directory, path, mode, 0);
  }

  /** The type and permissions of what is open, from statx(2). */
  public int mode(Fd file) throws SyscallException {
    try (NativeMemory memory = new NativeMemory()) {
      long buffer = memory.allocate(256);
      linux.check("stat", Sysno.STATX, file.number(), memory.string(""), AT_EMPTY_PATH, 3, buffer);
      return memory.getShort(buffer + 28) & 0xffff;
    }
  }

  /** The kernel's encoding of a device number, as mknod(2) takes and statx(2) does not give. */
  public static long makedev(int major, int minor) {
    return (minor & 0xffL)
        | ((major & 0xfffL) << 8)
        | ((minor & ~0xffL) << 12)
        | ((major & ~0xfffL) << 32);
  }

  /** The major part of a device number as stat(2) gives it. */
  public static int major(long device) {
    return (int) ((device >>> 8 & 0xfff) | (device >>> 32 & ~0xfffL));
  }

  /** The minor part of a device number as stat(2) gives it. */
  public static int minor(long device) {
    return (int) ((device & 0xff) | (device >>> 12 & ~0xffL));
  }

  private void onPath(String what, Sysno nr, int directory, String path, long a, long b)
      throws SyscallException {
    try (NativeMemory memory = new NativeMemory()) {
      linux.check(what, nr, directory, memory.string(path), a, b);
    }
  }
}
