package dev.felucca.linux.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.felucca.linux.Fd;
import dev.felucca.linux.LinuxSyscalls;
import dev.felucca.linux.cgroup.CgroupLimits.Cpu;
import dev.felucca.linux.cgroup.CgroupLimits.Memory;
import dev.felucca.linux.process.EventLoop;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a group does on the running kernel, whatever its version; cleans up after itself. */
abstract class CgroupContract {
  private static final Duration SOON = Duration.ofSeconds(10);

  private final String parent = "/felucca-test-" + ProcessHandle.current().pid();
  private final List<Process> children = new ArrayList<>();
  private Cgroups cgroups;

  /** Skips where this kernel doesn't have that version mounted. */
  abstract Cgroups open() throws IOException;

  /** Removes what creating groups left of the parent. */
  abstract void removeParent(String parent) throws IOException;

  abstract String readFile(Cgroup group, String controller, String file) throws IOException;

  @BeforeEach
  void opens() throws IOException {
    assumeTrue(Files.getOwner(Path.of("/proc/self")).getName().equals("root"), "needs root");
    cgroups = open();
  }

  @AfterEach
  void cleans() throws Exception {
    if (cgroups == null) return;
    for (Process child : children) {
      child.destroyForcibly();
      child.waitFor(10, TimeUnit.SECONDS);
    }
    for (String id : List.of("one", "two")) {
      Cgroup left = cgroups.adopt(parent, id).orElse(null);
      if (left == null) continue;
      left.kill();
      left.remove(SOON);
    }
    removeParent(parent);
  }

  /** A shell that waits for {@link #go} before it does the command, already a member. */
  private Process member(Cgroup group, String command) throws IOException {
    Process child =
        new ProcessBuilder("/bin/sh", "-c", "read go; " + command)
            .redirectErrorStream(true)
            .start();
    children.add(child);
    for (Path procs : group.procsFiles()) Files.writeString(procs, Long.toString(child.pid()));
    return child;
  }

  private static void go(Process child) throws IOException {
    child.getOutputStream().write('\n');
    child.getOutputStream().flush();
  }

  private static String end(Process child) throws Exception {
    String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(child.waitFor(10, TimeUnit.SECONDS), "the child ends");
    return output;
  }

  private void needs(String controller) {
    assumeTrue(cgroups.controllers().contains(controller), "no controller " + controller);
  }

  @Test
  void aGroupLivesFromCreateToRemove() throws Exception {
    Cgroup group = cgroups.create(parent, "one", CgroupLimits.NONE);
    assertEquals(parent + "/one", group.path());
    assertEquals(List.of(), group.pids());
    assertThrows(
        FileAlreadyExistsException.class, () -> cgroups.create(parent, "one", CgroupLimits.NONE));
    Process child = member(group, "exit 3");
    assertEquals(List.of((int) child.pid()), group.pids());
    assertEquals(List.of((int) child.pid()), cgroups.adopt(parent, "one").orElseThrow().pids());
    IOException busy = assertThrows(IOException.class, () -> group.remove(Duration.ofMillis(20)));
    assertTrue(busy.getMessage().contains("[" + child.pid() + "]"), busy.getMessage());
    go(child);
    end(child);
    assertEquals(3, child.exitValue());
    group.remove(SOON);
    group.remove(SOON);
    assertTrue(cgroups.adopt(parent, "one").isEmpty());
  }

  @Test
  void frozenMembersStandStillUntilThawed() throws Exception {
    Cgroup group = cgroups.create(parent, "one", CgroupLimits.NONE);
    Process child = member(group, "echo done");
    group.freeze(SOON);
    group.freeze(SOON);
    assertTrue(group.frozen());
    go(child);
    assertFalse(child.waitFor(50, TimeUnit.MILLISECONDS));
    group.thaw();
    assertFalse(group.frozen());
    assertEquals("done\n", end(child));
  }

  @Test
  void killEndsForkingAndFrozenMembersAndThoseInGroupsBelow() throws Exception {
    Cgroup group = cgroups.create(parent, "one", CgroupLimits.NONE);
    Process forking = member(group, "trap '' TERM; while :; do sleep 100 & sleep 0.01; done");
    Process below = member(group, "sleep 100");
    for (Path procs : group.procsFiles()) {
      Path inner = Files.createDirectory(procs.resolveSibling("inner"));
      if (procs.toString().contains("cpuset")) continue;
      Files.writeString(inner.resolve("cgroup.procs"), Long.toString(below.pid()));
    }
    go(forking);
    assertTrue(Members.await(SOON, () -> group.pids().size() > 5), "it forks");
    assertTrue(group.pids().contains((int) below.pid()));
    group.freeze(SOON);
    group.kill();
    end(forking);
    end(below);
    assertEquals(137, forking.exitValue());
    group.remove(SOON);
  }

  @Test
  void devicesAreClosedButForThoseAllowed() throws Exception {
    List<DeviceRule> rules =
        List.of(
            DeviceRule.DENY_ALL,
            DeviceRule.parse(true, "c *:* m"),
            DeviceRule.parse(true, "c 1:3 rwm"),
            DeviceRule.parse(true, "c 1:5 r"),
            DeviceRule.parse(true, "c 1:9 rw"),
            DeviceRule.parse(false, "c 1:9 w"));
    Cgroup group = cgroups.create(parent, "one", CgroupLimits.NONE.withDevices(rules));
    String script =
        "for d in null zero urandom full; do"
            + " (: <>/dev/$d) 2>&- && echo $d-rw; (: </dev/$d) 2>&- && echo $d-r;"
            + " (: >/dev/$d) 2>&- && echo $d-w; done; true";
    Process child = member(group, script);
    go(child);
    assertEquals("null-rw\nnull-r\nnull-w\nzero-r\nurandom-r\n", end(child));
    // The last word replaces what was there.
    group.update(CgroupLimits.NONE.withDevices(List.of(DeviceRule.ALLOW_ALL)));
    Process free = member(group, script);
    go(free);
    assertEquals(12, end(free).lines().count());
  }

  /** Before Linux 5.11 what judges them counts against what a process may lock into memory. */
  @Test
  void devicesOfManyGroupsAreJudgedAtOnce() throws Exception {
    int many = 40;
    List<Cgroup> groups = new ArrayList<>();
    try {
      for (int i = 0; i < many; i++) {
        groups.add(
            cgroups.create(
                parent, "many" + i, CgroupLimits.NONE.withDevices(List.of(DeviceRule.DENY_ALL))));
      }
      Process child = member(groups.get(many - 1), "(: </dev/null) 2>&- || echo closed");
      go(child);
      assertEquals("closed\n", end(child));
    } finally {
      for (Cgroup group : groups) {
        group.kill();
        group.remove(SOON);
      }
    }
  }

  @Test
  void pidsAreLimitedAndCounted() throws Exception {
    needs("pids");
    Cgroup group = cgroups.create(parent, "one", CgroupLimits.NONE.withPids(3));
    // Quiet ones: a sleeping child that keeps the pipe open would hide the shell's end.
    String sleeper = "sleep 100 >&- 2>&- <&- & ";
    Process child = member(group, sleeper + sleeper + sleeper + "wait");
    go(child);
    assertTrue(end(child).contains("ork"), "cannot fork");
    assertTrue(
        Members.await(SOON, () -> group.stats().pids().equals(new CgroupStats.Pids(2, 3))),
        "two sleepers are left");
    assertEquals(2, group.pids().size());
    group.update(CgroupLimits.NONE.withPids(0));
    assertEquals(CgroupStats.UNLIMITED, group.stats().pids().limit());
    group.kill();
    group.remove(SOON);
  }

  @Test
  void wantOfMemoryIsSeenAndTold() throws Exception {
    needs("memory");
    long limit = 24L << 20;
    Cgroup group =
        cgroups.create(
            parent,
            "one",
            CgroupLimits.NONE.with(new Memory(limit, null, limit + (8 << 20), null, null)));
    assertEquals(limit, group.stats().memory().limit());
    assertEquals(0, group.oomKills());
    try (MemoryWatch events = group.memoryWatch();
        EventLoop loop = new EventLoop(LinuxSyscalls.load(), "test-events")) {
      CountDownLatch told = new CountDownLatch(1);
      loop.register(events.fd(), events.events(), happened -> told.countDown());
      Process child = member(group, "exec tail /dev/zero");
      go(child);
      end(child);
      assertEquals(137, child.exitValue());
      assertTrue(Members.await(SOON, () -> group.oomKills() >= 1), "counted");
      assertTrue(told.await(10, TimeUnit.SECONDS), "told");
      // One want of memory moves several counts, the last of them after the death: it may be told
      // more than once, but not for ever.
      int looks = 1;
      while (!quiet(loop, events)) {
        assertTrue(++looks < 100, "never quiet");
      }
    }
    CgroupStats stats = group.stats();
    if (countsPeaks(group)) {
      assertTrue(stats.memory().max() > limit / 2, stats.memory()::toString);
    }
    assertTrue(stats.memory().failures() > 0, stats.memory()::toString);
    assertFalse(stats.memory().details().isEmpty());
    assertTrue(stats.cpu().total() > 0, stats.cpu()::toString);
  }

  /** Version 2 does from Linux 5.19 on. */
  private boolean countsPeaks(Cgroup group) {
    return cgroups.version() == 1
        || Files.exists(group.directory().orElseThrow().resolve("memory.peak"));
  }

  private static boolean quiet(EventLoop loop, MemoryWatch events) throws Exception {
    events.acknowledge();
    CountDownLatch again = new CountDownLatch(1);
    try (Fd other = events.fd().dup();
        EventLoop.Registration watched =
            loop.register(other, events.events(), happened -> again.countDown())) {
      return !again.await(50, TimeUnit.MILLISECONDS);
    }
  }

  @Test
  void memoryLimitsGoUpAndDownTogetherWithSwap() throws Exception {
    needs("memory");
    Cgroup group = cgroups.create(parent, "one", CgroupLimits.NONE);
    for (long megabytes : new long[] {64, 256, 32}) {
      long limit = megabytes << 20;
      group.update(CgroupLimits.NONE.with(new Memory(limit, limit / 2, 2 * limit, null, null)));
      assertEquals(limit, group.stats().memory().limit());
    }
    group.update(CgroupLimits.NONE.with(new Memory(-1L, null, -1L, null, null)));
    assertEquals(CgroupStats.UNLIMITED, group.stats().memory().limit());
  }

  @Test
  void cpuLimitsReachMembersThatRunAlready() throws Exception {
    needs("cpu");
    needs("cpuset");
    Cgroup group = cgroups.create(parent, "one", CgroupLimits.NONE);
    Process child = member(group, "while :; do :; done");
    // So little that it has more than that on the busiest of machines, and is held.
    group.update(CgroupLimits.NONE.with(new Cpu(2048L, 1_000L, 100_000L, null, null, "0", null)));
    go(child);
    assertTrue(Members.await(SOON, () -> group.stats().cpu().throttledPeriods() > 0), "throttled");
    String allowed = Files.readString(Path.of("/proc/" + child.pid() + "/status"));
    assertTrue(allowed.contains("Cpus_allowed_list:\t0\n"), "on the first core only");
    assertEquals("0", readFile(group, "cpuset", "cpuset.cpus"));
    group.update(CgroupLimits.NONE.with(new Cpu(null, 30_000L, null, null, null, null, null)));
    group.kill();
    end(child);
    group.remove(SOON);
  }

  @Test
  void aRefusedLimitNamesFileAndValueAndLeavesNothing() throws Exception {
    needs("cpuset");
    IOException refused =
        assertThrows(
            IOException.class,
            () ->
                cgroups.create(
                    parent,
                    "one",
                    CgroupLimits.NONE.with(new Cpu(null, null, null, null, null, "4000", null))));
    assertTrue(refused.getMessage().contains("4000"), refused.getMessage());
    assertTrue(refused.getMessage().contains("cpuset.cpus"), refused.getMessage());
    assertTrue(cgroups.adopt(parent, "one").isEmpty());
  }

  /** A container's end takes its group away while somebody stops it. */
  @Test
  void oneThatIsRemovedMeanwhileIsNotFrozenAndHasNobodyToKill() throws Exception {
    for (int round = 0; round < 30; round++) {
      Cgroup group = cgroups.create(parent, "one", CgroupLimits.NONE);
      CompletableFuture<Void> removal =
          CompletableFuture.runAsync(
              () -> {
                try {
                  group.remove(SOON);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
      while (!removal.isDone()) {
        assertFalse(group.frozen());
        group.thaw();
        group.kill();
      }
      removal.join();
    }
  }
}
