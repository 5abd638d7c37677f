package dev.felucca.linux.layer;

import static dev.felucca.linux.OpenFlag.CLOEXEC;
import static dev.felucca.linux.OpenFlag.CREAT;
import static dev.felucca.linux.OpenFlag.EXCL;
import static dev.felucca.linux.OpenFlag.NOFOLLOW;
import static dev.felucca.linux.OpenFlag.RDONLY;
import static dev.felucca.linux.OpenFlag.WRONLY;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.felucca.linux.Errno;
import dev.felucca.linux.LinuxFiles;
import dev.felucca.linux.NativeMemory;
import dev.felucca.linux.OpenFlag;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import dev.felucca.linux.process.IdMap;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Calls on files below directory descriptors, by names of one component in {@link RawName} form; no
 * call follows a symbolic link. The memory they need is allocated once, which is what makes a layer
 * of ten thousand files quick. For one thread.
 */
final class RawFiles implements AutoCloseable {
  private static final int PATH_MAX = 4096;
  private static final int BUFFER = 256 * 1024;
  private static final int AT_EMPTY_PATH = 0x1000;
  private static final int AT_SYMLINK_NOFOLLOW = 0x100;
  private static final long STATX_BASIC_STATS = 0x7ff;

  private final Syscalls linux;
  private final @Nullable IdMap users;
  private final NativeMemory memory = new NativeMemory();
  private final long name;
  private final long other;
  private final long small;
  private final long io;
  private final ByteBuffer names;
  private final ByteBuffer others;
  private final ByteBuffer smalls;
  private final ByteBuffer ios;
  private final int directoryFlags;
  private final int readFlags;
  private final int createFlags;

  RawFiles(Syscalls linux) {
    this(linux, null);
  }

  /** Owners are told and given as they are inside that map. */
  RawFiles(Syscalls linux, @Nullable IdMap users) {
    this.linux = linux;
    this.users = users;
    name = memory.allocate(PATH_MAX);
    other = memory.allocate(PATH_MAX);
    small = memory.allocate(256);
    io = memory.allocate(BUFFER);
    names = memory.buffer(name, PATH_MAX);
    others = memory.buffer(other, PATH_MAX);
    smalls = memory.buffer(small, 256);
    ios = memory.buffer(io, BUFFER);
    directoryFlags = OpenFlag.bits(linux.arch(), RDONLY, OpenFlag.DIRECTORY, NOFOLLOW, CLOEXEC);
    // O_NONBLOCK: a fifo that took a file's place must not hang the reader.
    readFlags = OpenFlag.bits(linux.arch(), RDONLY, NOFOLLOW, CLOEXEC, OpenFlag.NONBLOCK);
    createFlags = OpenFlag.bits(linux.arch(), WRONLY, CREAT, EXCL, NOFOLLOW, CLOEXEC);
  }

  /** Memory for content on its way to or from a file; what is in it is undefined between calls. */
  ByteBuffer content() {
    return ios;
  }

  /** Opens a directory that the caller trusts by its ordinary path. */
  int openRoot(Path directory) throws SyscallException {
    try (NativeMemory path = new NativeMemory()) {
      return (int)
          linux.check(
              "open " + directory,
              Sysno.OPENAT,
              LinuxFiles.AT_FDCWD,
              path.string(directory.toString()),
              OpenFlag.bits(linux.arch(), RDONLY, OpenFlag.DIRECTORY, CLOEXEC),
              0);
    }
  }

  /** A descriptor of the directory, or {@code -errno}: ENOENT, ENOTDIR or ELOOP as it may be. */
  int tryDirectory(int directory, String child) {
    return (int) linux.call(Sysno.OPENAT, directory, name(child), directoryFlags, 0);
  }

  int openDirectory(int directory, String child) throws SyscallException {
    return (int) ok(tryDirectory(directory, child), "open directory", child);
  }

  int openRead(int directory, String child) throws SyscallException {
    return (int) ok(linux.call(Sysno.OPENAT, directory, name(child), readFlags, 0), "open", child);
  }

  /** A descriptor to write to a file made by this very call, or {@code -errno}. */
  int tryCreate(int directory, String child, int mode) {
    return (int) linux.call(Sysno.OPENAT, directory, name(child), createFlags, mode);
  }

  void close(int fd) {
    if (fd >= 0) {
      linux.call(Sysno.CLOSE, fd);
    }
  }

  long tryMkdir(int directory, String child, int mode) {
    return linux.call(Sysno.MKDIRAT, directory, name(child), mode);
  }

  long tryMknod(int directory, String child, int mode, int major, int minor) {
    return linux.call(
        Sysno.MKNODAT, directory, name(child), mode, LinuxFiles.makedev(major, minor));
  }

  long trySymlink(String target, int directory, String child) {
    return linux.call(Sysno.SYMLINKAT, other(target), directory, name(child));
  }

  long tryLink(int fromDirectory, String from, int directory, String child) {
    return linux.call(Sysno.LINKAT, fromDirectory, other(from), directory, name(child), 0);
  }

  long tryRename(int fromDirectory, String from, int directory, String child) {
    return linux.call(Sysno.RENAMEAT2, fromDirectory, other(from), directory, name(child), 0);
  }

  long tryUnlink(int directory, String child, boolean isDirectory) {
    return linux.call(
        Sysno.UNLINKAT, directory, name(child), isDirectory ? LinuxFiles.AT_REMOVEDIR : 0);
  }

  String readlink(int directory, String child) throws SyscallException {
    long length =
        ok(
            linux.call(Sysno.READLINKAT, directory, name(child), io, PATH_MAX),
            "read symbolic link",
            child);
    return RawName.of(taken((int) length));
  }

  /** The file, or null when there is none of that name. */
  @Nullable FileStat stat(int directory, String child) throws SyscallException {
    long result =
        linux.call(
            Sysno.STATX, directory, name(child), AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, small);
    if (Errno.ENOENT.is(result)) {
      return null;
    }
    ok(result, "stat", child);
    return stat();
  }

  FileStat stat(int fd) throws SyscallException {
    ok(linux.call(Sysno.STATX, fd, name(""), AT_EMPTY_PATH, STATX_BASIC_STATS, small), "stat", "");
    return stat();
  }

  /** What fstatfs(2) calls the type of the file system that holds it. */
  long fileSystem(int fd) throws SyscallException {
    ok(linux.call(Sysno.FSTATFS, fd, small), "stat the file system of", "");
    return smalls.getLong(0);
  }

  private FileStat stat() {
    return new FileStat(
        ((long) smalls.getInt(136) << 32) | smalls.getInt(140),
        smalls.getLong(32),
        smalls.getShort(28) & 0xffff,
        smalls.getInt(16) & 0xffffffffL,
        users == null ? smalls.getInt(20) : users.insideUid(smalls.getInt(20)),
        users == null ? smalls.getInt(24) : users.insideGid(smalls.getInt(24)),
        smalls.getLong(40),
        smalls.getLong(48),
        new FileStat.Time(smalls.getLong(112), smalls.getInt(120)),
        new FileStat.Time(smalls.getLong(96), smalls.getInt(104)),
        smalls.getInt(128),
        smalls.getInt(132));
  }

  /** Whether owners are others than on the host. */
  boolean mapped() {
    return users != null;
  }

  private int outsideUid(int uid) throws SyscallException {
    return users == null ? uid : outside(users.outsideUid(uid), uid);
  }

  private int outsideGid(int gid) throws SyscallException {
    return users == null ? gid : outside(users.outsideGid(gid), gid);
  }

  private static int outside(OptionalInt found, int id) throws SyscallException {
    if (found.isEmpty()) {
      // As the kernel has it.
      throw new SyscallException(
          "chown to " + Integer.toUnsignedString(id) + ", whom the container does not have",
          Errno.EINVAL);
    }
    return found.getAsInt();
  }

  void chown(int fd, int uid, int gid) throws SyscallException {
    ok(linux.call(Sysno.FCHOWN, fd, outsideUid(uid), outsideGid(gid)), "chown", "");
  }

  void chown(int directory, String child, int uid, int gid) throws SyscallException {
    ok(
        linux.call(
            Sysno.FCHOWNAT,
            directory,
            name(child),
            outsideUid(uid),
            outsideGid(gid),
            AT_SYMLINK_NOFOLLOW),
        "chown",
        child);
  }

  void chmod(int fd, int mode) throws SyscallException {
    ok(linux.call(Sysno.FCHMOD, fd, mode), "chmod", "");
  }

  /** For devices, fifos and sockets only: fchmodat(2) follows symbolic links. */
  void chmodSpecial(int directory, String child, int mode) throws SyscallException {
    ok(linux.call(Sysno.FCHMODAT, directory, name(child), mode), "chmod", child);
  }

  void times(int fd, FileStat.Time modified) throws SyscallException {
    ok(linux.call(Sysno.UTIMENSAT, fd, 0, timespecs(modified), 0), "set times", "");
  }

  void times(int directory, String child, FileStat.Time modified) throws SyscallException {
    ok(
        linux.call(
            Sysno.UTIMENSAT, directory, name(child), timespecs(modified), AT_SYMLINK_NOFOLLOW),
        "set times of",
        child);
  }

  private long timespecs(FileStat.Time time) {
    for (int at = 0; at < 32; at += 16) {
      smalls.putLong(at, time.seconds());
      smalls.putLong(at + 8, time.nanos());
    }
    return small;
  }

  void truncate(int fd, long size) throws SyscallException {
    ok(linux.call(Sysno.FTRUNCATE, fd, size), "set size", "");
  }

  /** Writes {@code length} bytes of {@link #content} from {@code start} on. */
  void write(int fd, int start, int length, long offset) throws SyscallException {
    int done = 0;
    while (done < length) {
      done +=
          (int)
              linux.check(
                  "write", Sysno.PWRITE64, fd, io + start + done, length - done, offset + done);
    }
  }

  /** Reads up to {@code length} bytes into {@link #content}; 0 at the end. */
  int read(int fd, int length, long offset) throws SyscallException {
    return (int) linux.check("read", Sysno.PREAD64, fd, io, Math.min(length, BUFFER), offset);
  }

  /** Any other call on descriptors and numbers, unchecked. */
  long call(Sysno nr, long... args) {
    return linux.call(nr, args);
  }

  /** Calls with one file offset in memory: the address that holds it now. */
  long offset(int slot, long value) {
    smalls.putLong(8 * slot, value);
    return small + 8L * slot;
  }

  long offsetValue(int slot) {
    return smalls.getLong(8 * slot);
  }

  /** The names in a directory but {@code .} and {@code ..}, in the order of their bytes. */
  List<String> list(int fd) throws SyscallException {
    List<String> found = new ArrayList<>();
    linux.check("rewind directory", Sysno.LSEEK, fd, 0, 0);
    while (true) {
      long read = linux.call(Sysno.GETDENTS64, fd, io, BUFFER);
      if (read == 0 || Errno.ENOENT.is(read)) {
        break; // the latter once it was removed
      }
      int got = (int) ok(read, "read directory", "");
      byte[] entries = taken(got);
      for (int at = 0; at < got; ) {
        int length = (entries[at + 16] & 0xff) | (entries[at + 17] & 0xff) << 8;
        int end = at + 19;
        while (entries[end] != 0) {
          end++;
        }
        String child = new String(entries, at + 19, end - at - 19, ISO_8859_1);
        if (!child.equals(".") && !child.equals("..")) {
          found.add(child);
        }
        at += length;
      }
    }
    Collections.sort(found);
    return found;
  }

  /** False when a directory's entries come without types, as XFS made with ftype=0 has them. */
  boolean tellsTypes(int fd) throws SyscallException {
    linux.check("rewind directory", Sysno.LSEEK, fd, 0, 0);
    int got = (int) linux.check("read directory", Sysno.GETDENTS64, fd, io, BUFFER);
    byte[] entries = taken(got);
    for (int at = 0; at < got; ) {
      boolean own = entries[at + 19] == '.';
      if (!own && entries[at + 18] == 0) {
        return false;
      }
      at += (entries[at + 16] & 0xff) | (entries[at + 17] & 0xff) << 8;
    }
    return true;
  }

  /** The buffer of xattr calls is {@link #content}, too: 64 kB are the kernel's own limit. */
  byte[] taken(int length) {
    byte[] bytes = new byte[length];
    ios.get(0, bytes);
    return bytes;
  }

  long given(byte[] bytes) {
    ios.put(0, bytes);
    return io;
  }

  long name(String raw) {
    return put(raw, names, name);
  }

  long other(String raw) {
    return put(raw, others, other);
  }

  /**
   * A name as long as the kernel could never take is cut to PATH_MAX bytes without a NUL, so that
   * the kernel says ENAMETOOLONG itself.
   */
  private static long put(String raw, ByteBuffer into, long address) {
    byte[] bytes = RawName.bytes(raw);
    if (bytes.length >= PATH_MAX) {
      into.put(0, bytes, 0, PATH_MAX);
    } else {
      into.put(0, bytes);
      into.put(bytes.length, (byte) 0);
    }
    return address;
  }

  long ok(long result, String what, String child) throws SyscallException {
    if (Errno.failed(result)) {
      throw new SyscallException(
          child.isEmpty() ? what : what + " " + RawName.display(child), Errno.of(result));
    }
    return result;
  }

  @Override
  public void close() {
    memory.close();
  }
}
