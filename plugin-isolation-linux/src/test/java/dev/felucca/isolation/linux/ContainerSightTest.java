package dev.felucca.isolation.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.felucca.kernel.isolation.ContainerSpec;
import dev.felucca.kernel.isolation.OutputPositions;
import dev.felucca.linux.LinuxSyscalls;
import dev.felucca.linux.Sysno;
import dev.felucca.tck.isolation.BusyboxRoot;
import dev.felucca.tck.isolation.CollectingSink;
import dev.felucca.tck.isolation.SpecBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a container sees of its file systems and rights, as Docker's show it. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ContainerSightTest {
  @TempDir Path directory;
  private Path root = Path.of("/");
  private @Nullable LinuxIsolation opened;

  @BeforeEach
  void begin() throws Exception {
    assumeTrue(LinuxSyscalls.load().call(Sysno.GETEUID) == 0, "needs root");
    root = BusyboxRoot.make(Files.createDirectory(directory.resolve("rootfs")));
    opened = new LinuxIsolation(LinuxSyscalls.load(), directory.resolve("run"));
  }

  @AfterEach
  void end() {
    if (opened != null) {
      opened.close();
    }
  }

  private LinuxIsolation driver() {
    return Objects.requireNonNull(opened);
  }

  private String output(SpecBuilder builder) throws Exception {
    ContainerSpec spec = builder.build();
    CollectingSink sink = new CollectingSink();
    driver().create(spec);
    try {
      driver().follow(spec.id(), OutputPositions.START, sink);
      driver().start(spec.id());
      return sink.all();
    } finally {
      driver().delete(spec.id());
    }
  }

  private SpecBuilder spec() {
    return new SpecBuilder(root, directory);
  }

  @Test
  void mountsAndTheirOptionsAreDockers() throws Exception {
    Map<String, String> mounts = new TreeMap<>();
    for (String line : output(spec().run("cat", "/proc/self/mountinfo")).split("\n")) {
      String[] fields = line.split(" ", -1);
      int dash = List.of(fields).indexOf("-");
      mounts.put(fields[4], fields[5] + " " + fields[dash + 1]);
    }
    assertEquals("rw,nosuid,nodev,noexec,relatime proc", mounts.get("/proc"));
    assertEquals("rw,nosuid tmpfs", mounts.get("/dev"));
    assertEquals("rw,nosuid,noexec,relatime devpts", mounts.get("/dev/pts"));
    assertEquals("rw,nosuid,nodev,noexec,relatime tmpfs", mounts.get("/dev/shm"));
    assertEquals("rw,nosuid,nodev,noexec,relatime mqueue", mounts.get("/dev/mqueue"));
    assertEquals("ro,nosuid,nodev,noexec,relatime sysfs", mounts.get("/sys"));
    assertTrue(
        mounts.getOrDefault("/sys/fs/cgroup", "").startsWith("ro,nosuid,nodev,noexec,relatime"));
    assertEquals("ro,nosuid,nodev,noexec,relatime proc", mounts.get("/proc/sys"));
    assertTrue(
        !Files.exists(Path.of("/proc/keys")) || "rw,nosuid tmpfs".equals(mounts.get("/proc/keys")));
    assertEquals("ro,relatime tmpfs", mounts.get("/sys/firmware"));
    assertTrue(mounts.keySet().stream().noneMatch(m -> m.startsWith("/tmp")), mounts.toString());
  }

  @Test
  void rightsAreDockersDefault() throws Exception {
    String status = output(spec().run("grep", "-E", "Cap|NoNew|Seccomp:", "/proc/self/status"));
    assertEquals(
        """
        CapInh:\t0000000000000000
        CapPrm:\t00000000a80425fb
        CapEff:\t00000000a80425fb
        CapBnd:\t00000000a80425fb
        CapAmb:\t0000000000000000
        NoNewPrivs:\t0
        Seccomp:\t2
        """,
        status);
    String user =
        output(spec().user("anna").run("grep", "-E", "CapPrm|CapEff|CapBnd", "/proc/self/status"));
    assertEquals(
        """
        CapPrm:\t0000000000000000
        CapEff:\t0000000000000000
        CapBnd:\t00000000a80425fb
        """,
        user);
  }

  @Test
  void whatDockerForbidsIsForbidden() throws Exception {
    String refused =
        output(
            spec()
                .shell(
                    "mount -t tmpfs x /tmp 2>&1; echo 1 2>&1 >/proc/sys/kernel/panic;"
                        + " touch /sys/x 2>&1; cat /proc/kcore | wc -c"));
    assertTrue(refused.contains("permission denied"), refused);
    assertTrue(refused.contains("Read-only file system"), refused);
    assertTrue(refused.endsWith("0\n"), refused);
  }

  @Test
  void nothingIsLeftOpenOrRunningAfterManyContainers() throws Exception {
    output(spec());
    int before = descriptors();
    for (int i = 0; i < 20; i++) {
      output(spec().shell("echo x"));
    }
    int after = descriptors();
    // An earlier test's driver may have closed its own meanwhile.
    assertTrue(after <= before, after + " are open, " + before + " were");
    try (Stream<Path> left = Files.list(directory.resolve("run"))) {
      assertEquals(0, left.count());
    }
    assertEquals(0, ProcessHandle.current().children().filter(ProcessHandle::isAlive).count());
  }

  @Test
  void aContainerWhoseShimIsKilledIsEndedAndSaysSo() throws Exception {
    ContainerSpec spec = spec().run("sleep", "1000").build();
    driver().create(spec);
    try {
      driver().start(spec.id());
      ProcessHandle shim = ProcessHandle.current().children().findFirst().orElseThrow();
      assertTrue(shim.destroyForcibly());
      assertEquals(
          137, driver().exitOf(spec.id()).toCompletableFuture().get(20, TimeUnit.SECONDS).code());
      // What was killed is on its way out, and listed until it is.
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
      while (!driver().processes(spec.id()).isEmpty()) {
        assertTrue(System.nanoTime() < deadline, "the process is still there");
        Thread.sleep(5);
      }
    } finally {
      driver().delete(spec.id());
    }
  }

  private static int descriptors() throws Exception {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return (int) open.count();
    }
  }
}
