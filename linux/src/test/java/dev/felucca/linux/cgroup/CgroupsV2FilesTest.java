package dev.felucca.linux.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.linux.LinuxSyscalls;
import dev.felucca.linux.cgroup.CgroupLimits.Cpu;
import dev.felucca.linux.cgroup.CgroupLimits.DeviceValue;
import dev.felucca.linux.cgroup.CgroupLimits.Io;
import dev.felucca.linux.cgroup.CgroupLimits.Memory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written where on v2, on plain files that look like a hierarchy with controllers. */
class CgroupsV2FilesTest {
  private static final Map<String, String> CONTENT =
      Map.ofEntries(
          Map.entry("cgroup.controllers", "cpu cpuset io memory pids rdma"),
          Map.entry("cgroup.subtree_control", ""),
          Map.entry("cgroup.procs", ""),
          Map.entry("memory.max", "max"),
          Map.entry("memory.low", "0"),
          Map.entry("memory.swap.max", "max"),
          Map.entry("memory.current", "4096"),
          Map.entry("memory.peak", "8192"),
          Map.entry("memory.events", "low 0\nhigh 0\nmax 7\noom 2\noom_kill 1"),
          Map.entry("memory.stat", "anon 1024\nfile 2048"),
          Map.entry("cpu.max", "max 100000"),
          Map.entry("cpu.weight", "100"),
          Map.entry(
              "cpu.stat",
              "usage_usec 30\nuser_usec 20\nsystem_usec 10\nnr_periods 4\nnr_throttled 3\n"
                  + "throttled_usec 2"),
          Map.entry("cpuset.cpus", ""),
          Map.entry("cpuset.mems", ""),
          Map.entry("pids.max", "max"),
          Map.entry("pids.current", "5"),
          Map.entry("io.weight", "default 100"),
          Map.entry("io.max", ""),
          Map.entry("io.stat", "8:16 rbytes=10 wbytes=20 rios=1 wios=2 dbytes=0 dios=0\n7:0 "));

  @TempDir Path root;
  private Cgroups cgroups;

  /** Does what the kernel does at mkdir and rmdir. */
  private static final class Filling extends CgroupFiles {
    @Override
    void mkdir(Path directory) throws IOException {
      super.mkdir(directory);
      fill(directory);
    }

    @Override
    void rmdir(Path directory) throws IOException {
      try (Stream<Path> files = Files.list(directory)) {
        for (Path each : files.toList()) Files.delete(each);
      }
      super.rmdir(directory);
    }
  }

  private static void fill(Path directory) throws IOException {
    for (Map.Entry<String, String> each : CONTENT.entrySet()) {
      Files.writeString(directory.resolve(each.getKey()), each.getValue() + "\n");
    }
  }

  @BeforeEach
  void mounts() throws IOException {
    fill(root);
    Files.writeString(root.resolve("cgroup.subtree_control"), "memory pids");
    cgroups =
        new CgroupsV2(
            LinuxSyscalls.load(), new Filling(), root, Set.of("cpu", "memory", "pids"), true);
  }

  /** Files here aren't truncated by a write, which the kernel's know nothing of. */
  private static String first(Path file) throws IOException {
    return Files.readString(file);
  }

  @Test
  void controllersAreHandedDownToTheParentButNotIntoTheGroup() throws Exception {
    Cgroup group = cgroups.create("/felucca/deep", "one", CgroupLimits.NONE);
    // What is on already isn't asked for again; what nobody needs not at all.
    assertTrue(first(root.resolve("cgroup.subtree_control")).startsWith("+cpu +cpuset +io"));
    String all = "+cpu +cpuset +io +memory +pids";
    assertTrue(first(root.resolve("felucca/cgroup.subtree_control")).startsWith(all));
    assertTrue(first(root.resolve("felucca/deep/cgroup.subtree_control")).startsWith(all));
    Path directory = root.resolve("felucca/deep/one");
    assertEquals(directory, group.directory().orElseThrow());
    assertEquals(List.of(directory.resolve("cgroup.procs")), group.procsFiles());
    assertTrue(first(directory.resolve("cgroup.subtree_control")).isBlank());
    group.remove(Duration.ofSeconds(1));
    assertFalse(Files.exists(directory));
  }

  @Test
  void limitsAreWrittenOnV2sScale() throws Exception {
    CgroupLimits limits =
        new CgroupLimits(
            new Memory(100L << 20, 50L << 20, 300L << 20, 60L, true),
            new Cpu(1024L, 50_000L, null, null, null, "0-1", "0"),
            new Io(
                500,
                List.of(new DeviceValue(8, 0, 1000)),
                List.of(new DeviceValue(8, 0, 1 << 20)),
                List.of(),
                List.of(),
                List.of()),
            -1L,
            List.of(),
            Map.of());
    Path group = cgroups.create("/felucca", "one", limits).directory().orElseThrow();
    assertEquals(Long.toString(100L << 20), first(group.resolve("memory.max")));
    assertEquals(Long.toString(50L << 20), first(group.resolve("memory.low")));
    assertEquals(Long.toString(200L << 20), first(group.resolve("memory.swap.max")));
    assertEquals("100\n", first(group.resolve("cpu.weight")));
    assertTrue(first(group.resolve("cpu.max")).startsWith("50000 100000"));
    assertEquals("0-1", first(group.resolve("cpuset.cpus")));
    assertEquals("max\n", first(group.resolve("pids.max")));
    assertEquals("8:0 rbps=1048576", first(group.resolve("io.max")));
    assertTrue(first(group.resolve("io.weight")).startsWith("8:0 10000"));
  }

  @Test
  void swapThatCannotBeExpressedIsRefused() throws Exception {
    for (Memory memory :
        List.of(
            new Memory(null, null, 1L << 20, null, null),
            new Memory(2L << 20, null, 1L << 20, null, null))) {
      IOException refused =
          assertThrows(
              IOException.class,
              () -> cgroups.create("/felucca", "one", CgroupLimits.NONE.with(memory)));
      assertTrue(refused.getMessage().startsWith("limit swap of "), refused.getMessage());
      assertTrue(cgroups.adopt("/felucca", "one").isEmpty());
    }
  }

  @Test
  void sharesMeetWeightAtBothEndsAndInTheMiddle() {
    assertEquals(1, V2Limits.weight(0));
    assertEquals(1, V2Limits.weight(2));
    assertEquals(59, V2Limits.weight(512));
    assertEquals(100, V2Limits.weight(1024));
    assertEquals(10_000, V2Limits.weight(262_144));
    assertEquals(1, V2Limits.ioWeight(10));
    assertEquals(10_000, V2Limits.ioWeight(1000));
  }

  @Test
  void countersAreReadInDockersUnits() throws Exception {
    CgroupStats stats = cgroups.create("/felucca", "one", CgroupLimits.NONE).stats();
    assertEquals(new CgroupStats.Cpu(30_000, 20_000, 10_000, List.of(), 4, 3, 2000), stats.cpu());
    assertEquals(
        new CgroupStats.Memory(
            4096, 8192, CgroupStats.UNLIMITED, 2, Map.of("anon", 1024L, "file", 2048L)),
        stats.memory());
    assertEquals(new CgroupStats.Pids(5, CgroupStats.UNLIMITED), stats.pids());
    assertTrue(
        stats.io().contains(new CgroupStats.Io("io_service_bytes_recursive", 8, 16, "write", 20)));
    assertTrue(stats.io().contains(new CgroupStats.Io("io_serviced_recursive", 8, 16, "read", 1)));
    assertEquals(1, cgroups.adopt("/felucca", "one").orElseThrow().oomKills());
  }
}
