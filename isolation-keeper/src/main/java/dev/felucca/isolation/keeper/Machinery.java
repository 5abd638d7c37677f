package dev.felucca.isolation.keeper;

import dev.felucca.kernel.isolation.HostLimits;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.cgroup.Cgroups;

/** What every driver works with where it can work; each adds its own. */
public interface Machinery {
  /** What does not depend on how processes are made. */
  Keeper keeper();

  /** Where its containers' control groups are. */
  Cgroups cgroups();

  /** What it can limit here. */
  HostLimits limits();

  /** The keeper's. */
  default Syscalls linux() {
    return keeper().linux();
  }
}
