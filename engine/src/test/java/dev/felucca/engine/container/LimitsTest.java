package dev.felucca.engine.container;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.ContainerState.Status;
import dev.felucca.kernel.container.RestartPolicy;
import dev.felucca.kernel.container.UpdateRequest;
import dev.felucca.kernel.isolation.HostLimits;
import dev.felucca.kernel.isolation.Limit;
import dev.felucca.kernel.isolation.Resources;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Limits at creation and in updates, and kills for want of memory. */
class LimitsTest {
  private static final long MB = 1 << 20;
  private static final HostLimits ALL = new HostLimits(2, EnumSet.allOf(Limit.class), "0-3", "0");
  private static final HostLimits NONE = new HostLimits(1, Set.of(), "0-3", "0");

  @TempDir Path directory;

  private static Resources resources(Consumer<ResourceEdit> change) {
    ResourceEdit edit = new ResourceEdit(Resources.NONE);
    change.accept(edit);
    return edit.build();
  }

  private static String refusal(HostLimits here, Consumer<ResourceEdit> change) {
    return assertThrows(
            EngineException.class,
            () -> new ResourceCheck(here, false, new ArrayList<>()).fit(resources(change), null))
        .getMessage();
  }

  @Test
  void aPartOfAProcessorIsNoLessThanTheKernelTakes() {
    ResourceCheck check = new ResourceCheck(ALL, false, new ArrayList<>());
    for (long nanos : new long[] {-1, 1, 9_999_999}) {
      EngineException refusal =
          assertThrows(EngineException.class, () -> check.fit(Resources.NONE, nanos));
      assertTrue(refusal.getMessage().startsWith("range of CPUs is from 0.01"));
    }
    check.fit(Resources.NONE, 10_000_000L);
    check.fit(Resources.NONE, 0L);
  }

  @Test
  void whatTheKernelLacksIsDiscardedWithDockersWarning() {
    List<String> warnings = new ArrayList<>();
    Resources fitted =
        new ResourceCheck(NONE, false, warnings)
            .fit(
                resources(
                    edit -> {
                      edit.memory = 64 * MB;
                      edit.memorySwappiness = 10L;
                      edit.oomKillDisable = true;
                      edit.pidsLimit = 5L;
                      edit.cpuShares = 512L;
                      edit.cpuQuota = 5000L;
                      edit.cpusetCpus = "0";
                      edit.blkioWeight = 100;
                    }),
                null);
    assertNull(fitted.memory());
    assertNull(fitted.pidsLimit());
    assertNull(fitted.cpusetCpus());
    assertEquals(8, warnings.size(), warnings::toString);
    assertTrue(
        warnings.contains(
            "Your kernel does not support memory limit capabilities or the cgroup is not mounted."
                + " Limitation discarded."));
    assertTrue(
        warnings.contains(
            "Your kernel does not support OomKillDisable. OomKillDisable discarded."));
  }

  @Test
  void whatCannotBeIsRefusedInDockersWords() {
    assertEquals("Minimum memory limit allowed is 6MB", refusal(ALL, edit -> edit.memory = MB));
    assertEquals(
        "Requested CPUs are not available - requested 2-7, available: 0-3",
        refusal(ALL, edit -> edit.cpusetCpus = "2-7"));
    assertTrue(refusal(ALL, edit -> edit.cpusetCpus = "3-1").startsWith("Invalid value 3-1"));
    assertEquals(
        "Your kernel does not support CPU real-time scheduler",
        refusal(NONE, edit -> edit.cpuRealtimeRuntime = 5L));
  }

  @Test
  void swapIsTwiceTheMemoryUnlessItIsGiven() {
    List<String> warnings = new ArrayList<>();
    Resources fitted =
        new ResourceCheck(ALL, false, warnings).fit(resources(edit -> edit.memory = 64 * MB), null);
    assertEquals(128 * MB, fitted.memorySwap());
    assertEquals(List.of(), warnings);
  }

  @Test
  void anUpdateReachesWhatRunsAndIsKept() throws Exception {
    TestEngine.Machine machine = new TestEngine.Machine(directory);
    ContainerId id;
    try (TestEngine engine = new TestEngine(machine)) {
      id = engine.run("box", host -> host.resources = resources(edit -> edit.memory = 64 * MB));
      engine.manager.update(
          "box",
          new UpdateRequest(
              resources(
                  edit -> {
                    edit.pidsLimit = 7L;
                    edit.memory = 100 * MB;
                  }),
              500_000_000L,
              new RestartPolicy("always", 0)));
      Resources told = engine.process(id).limits();
      assertNotNull(told);
      assertEquals(7L, told.pidsLimit());
      assertEquals(50_000L, told.cpuQuota());
      // The swap limit counts memory too: on v2 it changes with it.
      assertEquals(128 * MB, told.memorySwap());
      EngineException conflict =
          assertThrows(
              EngineException.class,
              () ->
                  engine.manager.update(
                      "box",
                      new UpdateRequest(resources(edit -> edit.cpuQuota = 9000L), null, null)));
      assertTrue(conflict.getMessage().contains("NanoCPUs has already been set"));
    }
    try (TestEngine engine = new TestEngine(machine)) {
      assertEquals(7L, engine.inspect(id).hostConfig().resources().pidsLimit());
      assertEquals(100 * MB, engine.inspect(id).hostConfig().resources().memory());
      assertEquals("always", engine.inspect(id).hostConfig().restartPolicy().name());
    }
  }

  @Test
  void anUpdateThatTheDriverRefusesChangesNothing() throws Exception {
    TestEngine.Machine machine = new TestEngine.Machine(directory);
    try (TestEngine engine = new TestEngine(machine)) {
      ContainerId id = engine.run("box");
      machine.isolation.trouble().fail("update", "no such file");
      EngineException failure =
          assertThrows(
              EngineException.class,
              () ->
                  engine.manager.update(
                      "box",
                      new UpdateRequest(resources(edit -> edit.pidsLimit = 7L), null, null)));
      assertEquals("Cannot update container " + id.hex() + ": no such file", failure.getMessage());
      assertNull(engine.inspect(id).hostConfig().resources().pidsLimit());
    }
  }

  @Test
  void aKillForWantOfMemoryIsToldOnceAndFlagged() throws Exception {
    TestEngine.Machine machine = new TestEngine.Machine(directory);
    ContainerId id;
    try (TestEngine engine = new TestEngine(machine)) {
      id = engine.run("box");
      engine.process(id).losesOneToMemory();
      TestEngine.await("it is told", () -> engine.actions().contains("oom"));
      assertTrue(engine.inspect(id).state().oomKilled());
      assertEquals(Status.RUNNING, engine.status(id));
      engine.crash();
    }
    try (TestEngine engine = new TestEngine(machine)) {
      TestEngine.await(
          "later ones are told by the next engine",
          () -> {
            engine.process(id).losesOneToMemory();
            return engine.actions().contains("oom");
          });
    }
  }
}
