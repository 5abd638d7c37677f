package dev.felucca.isolation.linux;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.felucca.kernel.isolation.ContainerSpec;
import dev.felucca.linux.Arch;
import dev.felucca.linux.LinuxSyscalls;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import dev.felucca.tck.isolation.BusyboxRoot;
import dev.felucca.tck.isolation.SpecBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RefusalTest {
  /** As on a busy machine: a process that fails is over, and reaped, before it is looked at. */
  private record LateLook(Syscalls linux) implements Syscalls {
    @Override
    public Arch arch() {
      return linux.arch();
    }

    @Override
    public long call(Sysno nr, long... args) {
      if (nr == Sysno.PIDFD_OPEN) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (Files.exists(Path.of("/proc/" + args[0])) && System.nanoTime() < deadline) {
          LockSupport.parkNanos(1_000_000);
        }
      }
      return linux.call(nr, args);
    }
  }

  @Test
  void aStepThatFailsIsNamedHoweverLateItsProcessIsLookedAt(@TempDir Path directory)
      throws Exception {
    Syscalls linux = LinuxSyscalls.load();
    assumeTrue(linux.call(Sysno.GETEUID) == 0, "needs root");
    Path root = BusyboxRoot.make(Files.createDirectory(directory.resolve("rootfs")));
    LinuxIsolation driver = new LinuxIsolation(new LateLook(linux), directory.resolve("run"));
    try {
      ContainerSpec spec =
          new SpecBuilder(root, directory).sysctls(Map.of("net.nosuch", "1")).shell("true").build();
      IOException refused = assertThrows(IOException.class, () -> driver.create(spec));
      assertTrue(String.valueOf(refused.getMessage()).contains("nosuch"), refused.getMessage());
    } finally {
      driver.close();
    }
  }
}
