package dev.felucca.isolation.program;

import java.util.StringJoiner;

/** The CLONE_ flags of clone3(2), unshare(2) and setns(2) that are used here. */
public enum CloneFlags {
  VM(0x100),
  FILES(0x400),
  PIDFD(0x1000),
  VFORK(0x4000),
  PARENT(0x8000),
  NEWNS(0x20000),
  PARENT_SETTID(0x100000),
  NEWCGROUP(0x2000000),
  NEWUTS(0x4000000),
  NEWIPC(0x8000000),
  NEWUSER(0x10000000),
  NEWPID(0x20000000),
  NEWNET(0x40000000);

  private final long bit;

  CloneFlags(long bit) {
    this.bit = bit;
  }

  public long bit() {
    return bit;
  }

  /** All of them, for people. */
  public static String names(long bits) {
    StringJoiner names = new StringJoiner("|");
    for (CloneFlags flag : values()) {
      if ((bits & flag.bit) != 0) {
        names.add(flag.name());
      }
    }
    return names.toString();
  }
}
