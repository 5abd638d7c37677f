package dev.felucca.isolation.linux;

import dev.felucca.isolation.keeper.Keeper;
import dev.felucca.isolation.linux.host.Host;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.process.Launcher;

/** What keeps containers, and what is known of the host they are made on. */
record Machinery(Keeper keeper, Host host) {
  Syscalls linux() {
    return keeper.linux();
  }

  Launcher launcher() {
    return keeper.launcher();
  }
}
