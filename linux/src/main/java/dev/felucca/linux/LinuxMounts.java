package dev.felucca.linux;

import org.jspecify.annotations.Nullable;

/** Mounts by the calls of their man pages, made in the calling thread's mount namespace. */
public final class LinuxMounts {
  public static final long MS_RDONLY = 1;
  public static final long MS_NOSUID = 2;
  public static final long MS_NODEV = 4;
  public static final long MS_NOEXEC = 8;
  public static final long MS_REMOUNT = 32;
  public static final long MS_NOATIME = 1024;
  public static final long MS_BIND = 4096;
  public static final long MS_MOVE = 8192;
  public static final long MS_REC = 16384;
  public static final long MS_UNBINDABLE = 1 << 17;
  public static final long MS_PRIVATE = 1 << 18;
  public static final long MS_SLAVE = 1 << 19;
  public static final long MS_SHARED = 1 << 20;
  public static final long MS_RELATIME = 1 << 21;
  public static final long MS_STRICTATIME = 1 << 24;

  public static final int MNT_DETACH = 2;
  public static final int UMOUNT_NOFOLLOW = 8;

  public static final long OPEN_TREE_CLONE = 1;
  public static final long OPEN_TREE_CLOEXEC = 02000000;
  public static final long AT_RECURSIVE = 0x8000;
  public static final long MOVE_MOUNT_F_EMPTY_PATH = 0x04;
  public static final long MOVE_MOUNT_T_EMPTY_PATH = 0x40;

  public static final long FSOPEN_CLOEXEC = 1;
  public static final long FSCONFIG_SET_FLAG = 0;
  public static final long FSCONFIG_SET_STRING = 1;
  public static final long FSCONFIG_SET_FD = 5;
  public static final long FSCONFIG_CMD_CREATE = 6;
  public static final long FSMOUNT_CLOEXEC = 1;

  private final Syscalls linux;

  public LinuxMounts(Syscalls linux) {
    this.linux = linux;
  }

  /** mount(2). */
  public void mount(
      String source, String target, @Nullable String type, long flags, @Nullable String options)
      throws SyscallException {
    try (NativeMemory memory = new NativeMemory()) {
      linux.check(
          "mount " + (type == null ? source : type) + " on " + target,
          Sysno.MOUNT,
          memory.string(source),
          memory.string(target),
          type == null ? 0 : memory.string(type),
          flags,
          options == null ? 0 : memory.string(options));
    }
  }

  /** umount2(2). */
  public void umount2(String target, int flags) throws SyscallException {
    try (NativeMemory memory = new NativeMemory()) {
      linux.check("umount " + target, Sysno.UMOUNT2, memory.string(target), flags);
    }
  }

  /** fsopen(2), from Linux 5.2: a context to set options of a file system one by one. */
  public Fd fsopen(String type) throws SyscallException {
    try (NativeMemory memory = new NativeMemory()) {
      return new Fd(
          linux, linux.check("fsopen " + type, Sysno.FSOPEN, memory.string(type), FSOPEN_CLOEXEC));
    }
  }

  /** fsconfig(2) with FSCONFIG_SET_STRING. */
  public void fsconfigString(Fd context, String key, String value) throws SyscallException {
    try (NativeMemory memory = new NativeMemory()) {
      linux.check(
          "fsconfig " + key + "=" + value,
          Sysno.FSCONFIG,
          context.number(),
          FSCONFIG_SET_STRING,
          memory.string(key),
          memory.string(value),
          0);
    }
  }

  /** Whether fsconfig(2) with FSCONFIG_SET_STRING is taken. */
  public boolean takesString(Fd context, String key, String value) {
    try (NativeMemory memory = new NativeMemory()) {
      return linux.call(
              Sysno.FSCONFIG,
              context.number(),
              FSCONFIG_SET_STRING,
              memory.string(key),
              memory.string(value),
              0)
          == 0;
    }
  }

  /** fsconfig(2) with FSCONFIG_SET_FLAG. */
  public void fsconfigFlag(Fd context, String key) throws SyscallException {
    try (NativeMemory memory = new NativeMemory()) {
      linux.check(
          "fsconfig " + key,
          Sysno.FSCONFIG,
          context.number(),
          FSCONFIG_SET_FLAG,
          memory.string(key),
          0,
          0);
    }
  }

  /**
   * fsconfig(2) with FSCONFIG_CMD_CREATE, then fsmount(2): a mount that is attached nowhere yet.
   */
  public Fd fsmount(Fd context, long attributes) throws SyscallException {
    linux.check(
        "create file system", Sysno.FSCONFIG, context.number(), FSCONFIG_CMD_CREATE, 0, 0, 0);
    return new Fd(
        linux,
        linux.check("fsmount", Sysno.FSMOUNT, context.number(), FSMOUNT_CLOEXEC, attributes));
  }

  /** open_tree(2), from Linux 5.2. */
  public Fd openTree(int directory, String path, long flags) throws SyscallException {
    try (NativeMemory memory = new NativeMemory()) {
      return new Fd(
          linux,
          linux.check(
              "open_tree " + path,
              Sysno.OPEN_TREE,
              directory,
              memory.string(path),
              flags | OPEN_TREE_CLOEXEC));
    }
  }

  /** move_mount(2) of a detached mount onto a path. */
  public void moveMount(Fd mount, int directory, String path) throws SyscallException {
    try (NativeMemory memory = new NativeMemory()) {
      linux.check(
          "move_mount to " + path,
          Sysno.MOVE_MOUNT,
          mount.number(),
          memory.string(""),
          directory,
          memory.string(path),
          MOVE_MOUNT_F_EMPTY_PATH | (path.isEmpty() ? MOVE_MOUNT_T_EMPTY_PATH : 0));
    }
  }
}
