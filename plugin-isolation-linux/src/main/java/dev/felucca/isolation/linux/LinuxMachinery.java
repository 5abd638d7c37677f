package dev.felucca.isolation.linux;

import dev.felucca.isolation.keeper.Keeper;
import dev.felucca.isolation.keeper.Machinery;
import dev.felucca.isolation.linux.host.Host;
import dev.felucca.kernel.isolation.HostLimits;
import dev.felucca.linux.cgroup.Cgroups;

/** What keeps containers, and what is known of the host they are made on. */
record LinuxMachinery(Keeper keeper, Host host) implements Machinery {
  @Override
  public Cgroups cgroups() {
    return host.cgroups();
  }

  @Override
  public HostLimits limits() {
    return host.limits();
  }
}
