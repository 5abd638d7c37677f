package dev.felucca.isolation.oci;

import dev.felucca.kernel.isolation.IsolationDriver;
import dev.felucca.tck.isolation.IsolationDriverContract;
import java.nio.file.Path;

/** The contract with a runtime of the host. */
abstract class OciIsolationTest extends IsolationDriverContract {
  private final HostRuntime runtime;

  OciIsolationTest(String runtime) {
    this.runtime = new HostRuntime(runtime);
  }

  @Override
  protected IsolationDriver open(Path run) {
    return runtime.open(run);
  }

  @Override
  protected void leave(IsolationDriver driver) {
    ((OciIsolation) driver).close();
  }
}
