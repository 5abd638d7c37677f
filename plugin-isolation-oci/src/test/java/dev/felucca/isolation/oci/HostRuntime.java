package dev.felucca.isolation.oci;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.felucca.linux.LinuxSyscalls;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/** A runtime of the host, for a contract; what is missing skips it. */
record HostRuntime(String name) {
  private static final Syscalls LINUX = LinuxSyscalls.load();

  OciIsolation open(Path run) {
    assumeTrue(LINUX.call(Sysno.GETEUID) == 0, "an OCI runtime's containers need root");
    Map<String, Path> found = OciRuntimes.runtimes(new String[0]);
    Path program = found.get(name);
    assumeTrue(program != null, name + " is not installed");
    return new OciIsolation(LINUX, name, program, run, Duration.ofSeconds(60));
  }
}
