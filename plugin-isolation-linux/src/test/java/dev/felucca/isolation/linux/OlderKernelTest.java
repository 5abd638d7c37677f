package dev.felucca.isolation.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.IdMapping;
import dev.felucca.kernel.isolation.ContainerMount;
import dev.felucca.kernel.isolation.ContainerSpec;
import dev.felucca.kernel.isolation.IsolationDriver;
import dev.felucca.kernel.isolation.UserNamespace;
import dev.felucca.kernel.storage.Mount;
import dev.felucca.linux.LinuxSyscalls;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import dev.felucca.tck.fake.OlderKernel;
import dev.felucca.tck.isolation.IsolationDriverContract;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The contract where the kernel is as old as 5.10. */
class OlderKernelTest extends IsolationDriverContract {
  private final Syscalls linux = new OlderKernel(LinuxSyscalls.load(), Sysno.MOUNT_SETATTR);

  @Override
  protected IsolationDriver open(Path run) {
    assumeTrue(linux.call(Sysno.GETEUID) == 0, "namespaces without a user namespace need root");
    return new LinuxIsolation(linux, run);
  }

  @Override
  protected void leave(IsolationDriver driver) {
    ((LinuxIsolation) driver).close();
  }

  @Override
  protected boolean mapsOwners() {
    return false;
  }

  @Test
  void usersOfTheirOwnAreRefusedWithWhatIsMissing() throws Exception {
    IdMapping mapping = IdMapping.parse("uids=0-100000-65536;gids=0-200000-65536");
    ContainerSpec spec = spec().users(new UserNamespace(mapping, null)).shell("true").build();
    EngineException refused = assertThrows(EngineException.class, () -> create(spec));
    assertEquals(EngineException.Kind.NOT_IMPLEMENTED, refused.kind());
    assertTrue(refused.getMessage().contains("Linux has from 5.12"), refused.getMessage());
  }

  @Test
  void aReadOnlyBindIsSoWithoutItsSubmounts() throws Exception {
    Mount closed = new Mount("bind", directory.toString(), List.of("rbind", "rro"), null);
    assertEquals(
        "ro\n",
        run(
            spec()
                .mounts(new ContainerMount(closed, "/closed"))
                .shell("touch /closed/new 2>/dev/null || echo ro")));
  }
}
