package dev.felucca.isolation.oci;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.felucca.kernel.isolation.IsolationDriver;
import dev.felucca.linux.LinuxSyscalls;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import dev.felucca.tck.isolation.IsolationDriverContract;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/** The contract with a runtime of the host. */
abstract class OciIsolationTest extends IsolationDriverContract {
  private final Syscalls linux = LinuxSyscalls.load();
  private final String runtime;

  OciIsolationTest(String runtime) {
    this.runtime = runtime;
  }

  @Override
  protected IsolationDriver open(Path run) {
    assumeTrue(linux.call(Sysno.GETEUID) == 0, "namespaces without a user namespace need root");
    Map<String, Path> found = OciRuntimes.runtimes(new String[0]);
    Path program = found.get(runtime);
    assumeTrue(program != null, runtime + " is not installed");
    return new OciIsolation(linux, runtime, program, run, Duration.ofSeconds(60));
  }

  @Override
  protected void leave(IsolationDriver driver) {
    ((OciIsolation) driver).close();
  }
}
