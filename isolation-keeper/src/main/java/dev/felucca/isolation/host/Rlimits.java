package dev.felucca.isolation.host;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.isolation.Security;
import dev.felucca.linux.NativeMemory;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Limits of setrlimit(2), kept within what this engine may give. */
public final class Rlimits {
  static final List<String> NAMES =
      List.of(
          "cpu",
          "fsize",
          "data",
          "stack",
          "core",
          "rss",
          "nproc",
          "nofile",
          "memlock",
          "as",
          "locks",
          "sigpending",
          "msgqueue",
          "nice",
          "rtprio",
          "rttime");

  private final Syscalls linux;
  private final boolean mayRaise;

  /** {@code mayRaise} is CAP_SYS_RESOURCE: without it hard limits can only go down. */
  public Rlimits(Syscalls linux, boolean mayRaise) {
    this.linux = linux;
    this.mayRaise = mayRaise;
  }

  /** INVALID for a name that nobody knows. */
  public List<Rlimit> plan(List<Security.Rlimit> asked) throws SyscallException {
    List<Rlimit> limits = new ArrayList<>();
    for (Security.Rlimit limit : asked) {
      int resource = NAMES.indexOf(limit.name().toLowerCase(Locale.ROOT).replace("rlimit_", ""));
      if (resource < 0) {
        throw new EngineException(
            EngineException.Kind.INVALID, "invalid ulimit type: " + limit.name());
      }
      // -1 is the kernel's RLIM_INFINITY too; the numbers are unsigned.
      long hard = mayRaise ? limit.hard() : least(limit.hard(), current(resource));
      limits.add(new Rlimit(resource, least(limit.soft(), hard), hard));
    }
    return limits;
  }

  private long current(int resource) throws SyscallException {
    try (NativeMemory memory = new NativeMemory()) {
      long values = memory.allocate(16);
      linux.check("getrlimit", Sysno.PRLIMIT64, 0, resource, 0, values);
      return memory.getLong(values + 8);
    }
  }

  private static long least(long one, long other) {
    return Long.compareUnsigned(one, other) < 0 ? one : other;
  }
}
