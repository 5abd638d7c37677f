package dev.felucca.isolation.oci;

import dev.felucca.kernel.isolation.IsolationDriver;
import dev.felucca.tck.isolation.UserNamespaceContract;
import java.nio.file.Path;

/** The contract of containers with users of their own, with a runtime of the host. */
abstract class OciUsersTest extends UserNamespaceContract {
  private final HostRuntime runtime;

  OciUsersTest(String runtime) {
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
