package dev.felucca.linux;

/** The {@code O_} flags of open(2); four of them have other values on aarch64. */
public enum OpenFlag {
  RDONLY(0),
  WRONLY(01),
  RDWR(02),
  CREAT(0100),
  EXCL(0200),
  NOCTTY(0400),
  TRUNC(01000),
  APPEND(02000),
  NONBLOCK(04000),
  DIRECT(040000, 0200000),
  DIRECTORY(0200000, 040000),
  NOFOLLOW(0400000, 0100000),
  NOATIME(01000000),
  CLOEXEC(02000000),
  PATH(010000000),
  TMPFILE(020200000, 020040000);

  private final int x86;
  private final int aarch64;

  OpenFlag(int both) {
    this(both, both);
  }

  OpenFlag(int x86, int aarch64) {
    this.x86 = x86;
    this.aarch64 = aarch64;
  }

  /** All the flags together, as the call takes them. */
  public static int bits(Arch arch, OpenFlag... flags) {
    int bits = 0;
    for (OpenFlag flag : flags) {
      bits |= arch == Arch.X86_64 ? flag.x86 : flag.aarch64;
    }
    return bits;
  }
}
