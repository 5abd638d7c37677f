package dev.felucca.isolation.oci;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.felucca.kernel.isolation.IsolationDriver;
import dev.felucca.linux.LinuxSyscalls;
import dev.felucca.tck.isolation.IsolationDriverContract;
import java.nio.file.Path;
import java.time.Duration;

/** The contract with the runtime that {@code -Dfelucca.test.runtime=/path} names. */
class OtherRuntimeTest extends IsolationDriverContract {
  @Override
  protected IsolationDriver open(Path run) {
    String named = System.getProperty("felucca.test.runtime");
    assumeTrue(named != null, "no other runtime is named");
    Path program = Path.of(named);
    return new OciIsolation(
        LinuxSyscalls.load(),
        program.getFileName().toString(),
        program,
        run,
        Duration.ofSeconds(60));
  }

  @Override
  protected void leave(IsolationDriver driver) {
    ((OciIsolation) driver).close();
  }
}
