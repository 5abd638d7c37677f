package dev.felucca.isolation.keeper;

import dev.felucca.kernel.isolation.HostLimits;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.cgroup.Cgroups;

/** What every driver works with where it can work; each adds its own. */
public interface Machinery {
  Keeper keeper();

  Cgroups cgroups();

  HostLimits limits();

  default Syscalls linux() {
    return keeper().linux();
  }
}
