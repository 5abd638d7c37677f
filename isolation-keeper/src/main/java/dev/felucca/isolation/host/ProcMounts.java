package dev.felucca.isolation.host;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.isolation.ContainerMount;
import java.nio.file.Path;
import java.util.Set;

/** Refuses mounts over what protects the host inside /proc, with runc's list of exceptions. */
public final class ProcMounts {
  private static final Set<String> ALLOWED =
      Set.of(
          "/proc/cpuinfo",
          "/proc/diskstats",
          "/proc/meminfo",
          "/proc/stat",
          "/proc/swaps",
          "/proc/uptime",
          "/proc/loadavg",
          "/proc/slabinfo",
          "/proc/net/dev",
          "/proc/sys/kernel/ns_last_pid",
          "/proc/sys/crypto/fips_enabled");

  private ProcMounts() {}

  /** INVALID for one that may not be. */
  public static void check(ContainerMount mount) {
    String target = Path.of(mount.target()).normalize().toString();
    boolean proc = target.equals("/proc");
    boolean itself = mount.mount().source().equals("/proc") || mount.mount().type().equals("proc");
    if ((proc && !itself) || (target.startsWith("/proc/") && !ALLOWED.contains(target))) {
      throw new EngineException(
          EngineException.Kind.INVALID,
          "\"" + mount.target() + "\" cannot be mounted because it is inside /proc");
    }
  }
}
