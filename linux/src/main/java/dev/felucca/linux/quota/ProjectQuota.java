package dev.felucca.linux.quota;

import dev.felucca.linux.Errno;
import dev.felucca.linux.Fd;
import dev.felucca.linux.LinuxFiles;
import dev.felucca.linux.NativeMemory;
import dev.felucca.linux.OpenFlag;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Project quotas: a directory is given a project's id, which all that is made below it inherits,
 * and the file system lets that project have so many bytes. XFS has them when it is mounted with
 * {@code pquota}, ext4 with {@code prjquota}. By {@code FS_IOC_FSSETXATTR}
 * (ioctl_xfs_fssetxattr(2)) and quotactl_fd(2), or, before Linux 5.14, quotactl(2) on the device.
 *
 * <p>No list of ids is kept: an id is in use when the file system counts or limits something for
 * it, and which one a directory has is written on the directory.
 */
public final class ProjectQuota {
  private static final long FS_IOC_FSGETXATTR = 0x801c581fL;
  private static final long FS_IOC_FSSETXATTR = 0x401c5820L;
  private static final int FSXATTR_SIZE = 28;
  private static final int FS_XFLAG_PROJINHERIT = 0x200;

  private static final int PRJQUOTA = 2;
  private static final int Q_GETQUOTA = 0x800007;
  private static final int Q_SETQUOTA = 0x800008;
  private static final int Q_GETNEXTQUOTA = 0x800009;
  private static final int Q_XGETQSTAT = 0x5805;
  private static final int FS_QUOTA_PDQ_ENFD = 1 << 5;
  private static final int QIF_BLIMITS = 1;

  /** Offsets in struct if_dqblk. */
  private static final int DQBLK_SIZE = 72;

  private static final int SPACE = 16;
  private static final int HARD_INODES = 24;
  private static final int INODES = 40;
  private static final int VALID = 64;

  /** In struct if_nextdqblk, which goes on where that ends. */
  private static final int ID = 68;

  /** Limits are counted in these. */
  private static final int BLOCK = 1024;

  /** Ids that people write in /etc/projid are small; ours are out of their way. */
  private static final long FIRST_ID = 1L << 30;

  private static final int TRIES = 1 << 16;

  private final Syscalls linux;
  private final LinuxFiles files;

  public ProjectQuota(Syscalls linux) {
    this.linux = linux;
    this.files = new LinuxFiles(linux);
  }

  /** Why nothing can be limited on the file system of the directory. */
  public Optional<String> refusal(Path directory) throws SyscallException {
    try (Fd fd = open(directory);
        NativeMemory memory = new NativeMemory()) {
      long stat = memory.allocate(256);
      memory.putByte(stat, 1);
      long result = quotactl(fd, Q_XGETQSTAT, 0, stat);
      if (Errno.ENODEV.is(result)) {
        return Optional.of("the kernel has no quotactl_fd, and its device is not found in /dev");
      }
      if (Errno.failed(result)) {
        return Optional.of("it has no project quotas (" + Errno.of(result) + ")");
      }
      return (memory.getShort(stat + 2) & FS_QUOTA_PDQ_ENFD) == 0
          ? Optional.of("its project quotas are not enforced")
          : Optional.empty();
    }
  }

  /**
   * Limits what an empty directory and all that will be below it take.
   *
   * @param hint where to look for a free id first
   */
  public void limit(Path directory, long bytes, long hint) throws SyscallException {
    // One at a time in this process: a free id is free until it is limited.
    synchronized (ProjectQuota.class) {
      limitNow(directory, bytes, hint);
    }
  }

  private void limitNow(Path directory, long bytes, long hint) throws SyscallException {
    try (Fd fd = open(directory);
        NativeMemory memory = new NativeMemory()) {
      int project = free(fd, hint, memory);
      long block = memory.allocate(DQBLK_SIZE);
      memory.putLong(block, Math.max(1, (bytes + BLOCK - 1) / BLOCK));
      set(fd, project, block, memory);
      long attributes = attributes(fd, memory);
      memory.putInt(attributes, memory.getInt(attributes) | FS_XFLAG_PROJINHERIT);
      memory.putInt(attributes + 12, project);
      linux.check(
          "give " + directory + " project " + project,
          Sysno.IOCTL,
          fd.number(),
          FS_IOC_FSSETXATTR,
          attributes);
    }
  }

  /**
   * Takes the limit of a directory away, if it has one of ours: when its files are gone its id is
   * free again.
   */
  public void lift(Path directory) throws SyscallException {
    try (Fd fd = open(directory);
        NativeMemory memory = new NativeMemory()) {
      long attributes = memory.allocate(FSXATTR_SIZE);
      if (Errno.failed(linux.call(Sysno.IOCTL, fd.number(), FS_IOC_FSGETXATTR, attributes))) {
        return; // a file system that knows no projects
      }
      int project = memory.getInt(attributes + 12);
      boolean inherited = (memory.getInt(attributes) & FS_XFLAG_PROJINHERIT) != 0;
      if (inherited && Integer.toUnsignedLong(project) >= FIRST_ID) {
        set(fd, project, memory.allocate(DQBLK_SIZE), memory);
      }
    } catch (SyscallException e) {
      if (e.errno() != Errno.ENOENT && e.errno() != Errno.ESRCH) {
        throw e; // else there is no such directory, or quotas were turned off since
      }
    }
  }

  /** The ids from ours on that the file system of the directory has a limit or files for. */
  public List<Integer> inUse(Path directory) throws SyscallException {
    try (Fd fd = open(directory);
        NativeMemory memory = new NativeMemory()) {
      List<Integer> ids = new ArrayList<>();
      long block = memory.allocate(DQBLK_SIZE);
      for (int next = (int) FIRST_ID; ; next = memory.getInt(block + ID) + 1) {
        long result = quotactl(fd, Q_GETNEXTQUOTA, next, block);
        if (Errno.ENOENT.is(result)) {
          return ids;
        }
        if (Errno.failed(result)) {
          throw new SyscallException("list quotas of projects", Errno.of(result));
        }
        if (isUsed(memory, block)) {
          ids.add(memory.getInt(block + ID));
        }
      }
    }
  }

  private static boolean isUsed(NativeMemory memory, long block) {
    return memory.getLong(block) != 0
        || memory.getLong(block + 8) != 0
        || memory.getLong(block + SPACE) != 0
        || memory.getLong(block + HARD_INODES) != 0
        || memory.getLong(block + INODES) != 0;
  }

  private int free(Fd fd, long hint, NativeMemory memory) throws SyscallException {
    long block = memory.allocate(DQBLK_SIZE);
    for (int tried = 0; tried < TRIES; tried++) {
      int project = (int) (FIRST_ID + (hint + tried) % FIRST_ID);
      long result = quotactl(fd, Q_GETQUOTA, project, block);
      if (Errno.ENOENT.is(result)) {
        return project;
      }
      if (Errno.failed(result)) {
        throw new SyscallException("ask for the quota of project " + project, Errno.of(result));
      }
      if (!isUsed(memory, block)) {
        return project;
      }
    }
    throw new SyscallException("find a free project id", Errno.EBUSY);
  }

  private void set(Fd fd, int project, long block, NativeMemory memory) throws SyscallException {
    memory.putInt(block + VALID, QIF_BLIMITS);
    long result = quotactl(fd, Q_SETQUOTA, project, block);
    if (Errno.failed(result)) {
      throw new SyscallException("set the quota of project " + project, Errno.of(result));
    }
  }

  private long attributes(Fd fd, NativeMemory memory) throws SyscallException {
    long attributes = memory.allocate(FSXATTR_SIZE);
    linux.check("read its project", Sysno.IOCTL, fd.number(), FS_IOC_FSGETXATTR, attributes);
    return attributes;
  }

  private long quotactl(Fd fd, int command, int project, long address) {
    long what = ((long) command << 8) | PRJQUOTA;
    long id = Integer.toUnsignedLong(project);
    long result = linux.call(Sysno.QUOTACTL_FD, fd.number(), what, id, address);
    if (!Errno.ENOSYS.is(result)) {
      return result;
    }
    Optional<Path> device = BlockDevices.under(linux, fd);
    if (device.isEmpty()) {
      return -Errno.ENODEV.number();
    }
    try (NativeMemory memory = new NativeMemory()) {
      return linux.call(Sysno.QUOTACTL, what, memory.string(device.get().toString()), id, address);
    }
  }

  private Fd open(Path directory) throws SyscallException {
    return files.openat(
        LinuxFiles.AT_FDCWD, directory.toString(), 0, OpenFlag.RDONLY, OpenFlag.DIRECTORY);
  }
}
