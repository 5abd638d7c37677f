package dev.felucca.kernel.isolation;

import java.util.Set;

/**
 * What of {@link Resources} a driver can set on this host.
 *
 * @param cgroupVersion 1 or 2
 * @param cpus the processors there are, such as {@code 0-3}
 * @param memoryNodes likewise
 */
public record HostLimits(int cgroupVersion, Set<Limit> settable, String cpus, String memoryNodes) {
  public HostLimits {
    settable = Set.copyOf(settable);
  }

  public boolean has(Limit limit) {
    return settable.contains(limit);
  }
}
