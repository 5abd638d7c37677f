package dev.felucca.isolation.capability;

import java.util.Locale;
import java.util.Optional;

/**
 * A Linux capability; the ordinal is the kernel's bit number, so the order is ABI. See <a
 * href="https://man7.org/linux/man-pages/man7/capabilities.7.html">capabilities(7)</a>.
 */
public enum Capability {
  CAP_CHOWN,
  CAP_DAC_OVERRIDE,
  CAP_DAC_READ_SEARCH,
  CAP_FOWNER,
  CAP_FSETID,
  CAP_KILL,
  CAP_SETGID,
  CAP_SETUID,
  CAP_SETPCAP,
  CAP_LINUX_IMMUTABLE,
  CAP_NET_BIND_SERVICE,
  CAP_NET_BROADCAST,
  CAP_NET_ADMIN,
  CAP_NET_RAW,
  CAP_IPC_LOCK,
  CAP_IPC_OWNER,
  CAP_SYS_MODULE,
  CAP_SYS_RAWIO,
  CAP_SYS_CHROOT,
  CAP_SYS_PTRACE,
  CAP_SYS_PACCT,
  CAP_SYS_ADMIN,
  CAP_SYS_BOOT,
  CAP_SYS_NICE,
  CAP_SYS_RESOURCE,
  CAP_SYS_TIME,
  CAP_SYS_TTY_CONFIG,
  CAP_MKNOD,
  CAP_LEASE,
  CAP_AUDIT_WRITE,
  CAP_AUDIT_CONTROL,
  CAP_SETFCAP,
  CAP_MAC_OVERRIDE,
  CAP_MAC_ADMIN,
  CAP_SYSLOG,
  CAP_WAKE_ALARM,
  CAP_BLOCK_SUSPEND,
  CAP_AUDIT_READ,
  CAP_PERFMON,
  CAP_BPF,
  CAP_CHECKPOINT_RESTORE;

  /** The kernel's bit number, as {@code prctl(PR_CAPBSET_DROP)} takes it. */
  public int bit() {
    return ordinal();
  }

  /** {@code 1L << bit()}. */
  public long mask() {
    return 1L << ordinal();
  }

  /** Finds by name in any case, with or without {@code CAP_}; empty for a name nobody knows. */
  public static Optional<Capability> named(String name) {
    String wanted = canonical(name);
    for (Capability each : values()) {
      if (each.name().equals(wanted)) return Optional.of(each);
    }
    return Optional.empty();
  }

  /** The spelling Docker puts into its messages: upper case and prefixed. */
  static String canonical(String name) {
    String upper = name.toUpperCase(Locale.ROOT);
    return upper.startsWith("CAP_") ? upper : "CAP_" + upper;
  }
}
