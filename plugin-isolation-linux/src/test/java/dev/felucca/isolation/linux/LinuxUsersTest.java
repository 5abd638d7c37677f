package dev.felucca.isolation.linux;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.felucca.kernel.isolation.IsolationDriver;
import dev.felucca.linux.LinuxSyscalls;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import dev.felucca.tck.isolation.UserNamespaceContract;
import java.nio.file.Path;

class LinuxUsersTest extends UserNamespaceContract {
  private final Syscalls linux = LinuxSyscalls.load();

  @Override
  protected IsolationDriver open(Path run) {
    assumeTrue(linux.call(Sysno.GETEUID) == 0, "maps of users are written by root");
    assumeTrue(mapsOwners(), "idmapped mounts need Linux 5.12");
    return new LinuxIsolation(linux, run);
  }

  @Override
  protected void leave(IsolationDriver driver) {
    ((LinuxIsolation) driver).close();
  }
}
