package dev.felucca.isolation.capability;

import static dev.felucca.isolation.capability.Capability.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.kernel.EngineException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CapabilityRequestTest {
  private static final HostCapabilities FULL =
      new HostCapabilities(new Capabilities((1L << 41) - 1), new Capabilities(-1));

  private static Capabilities resolve(List<String> add, List<String> drop) {
    return new CapabilityRequest(add, drop, false).resolve(FULL);
  }

  @Test
  void defaultSetIsTheMaskDockerShowsInProcStatus() {
    // CapEff of a default Docker container, as in /proc/self/status.
    assertEquals(0x00000000a80425fbL, CapabilityRequest.DEFAULT.resolve(FULL).bits());
  }

  @Test
  void bitsAreTheKernels() {
    assertEquals(41, Capability.values().length);
    assertEquals(21, CAP_SYS_ADMIN.bit());
    assertEquals(40, CAP_CHECKPOINT_RESTORE.bit());
    assertEquals(1 << 8, Capabilities.of(CAP_CHECKPOINT_RESTORE).high());
    assertEquals(1, Capabilities.of(CAP_CHOWN).low());
  }

  @Test
  void namesComeInAnyCaseWithOrWithoutPrefix() {
    Capabilities wanted = Capabilities.DOCKER_DEFAULT.with(Capabilities.of(CAP_NET_ADMIN));
    for (String name : List.of("NET_ADMIN", "net_admin", "CAP_NET_ADMIN", "cap_Net_Admin")) {
      assertEquals(wanted, resolve(List.of(name), List.of()));
    }
  }

  @Test
  void droppingAllLeavesOnlyTheAdded() {
    assertEquals(Capabilities.of(CAP_CHOWN), resolve(List.of("CHOWN"), List.of("all")));
    assertEquals(Capabilities.NONE, resolve(List.of(), List.of("ALL")));
  }

  @Test
  void addingAllTakesTheNamedDropsAway() {
    Capabilities granted = resolve(List.of("ALL"), List.of("SYS_ADMIN"));
    assertFalse(granted.has(CAP_SYS_ADMIN));
    assertEquals(40, granted.members().size());
    assertEquals(FULL.available(), resolve(List.of("ALL"), List.of("ALL")));
  }

  @Test
  void aNameInBothListsIsGranted() {
    assertTrue(resolve(List.of("CHOWN"), List.of("CHOWN")).has(CAP_CHOWN));
  }

  @Test
  void privilegedIsEverythingAvailable() {
    assertEquals(FULL.available(), new CapabilityRequest(List.of(), List.of(), true).resolve(FULL));
  }

  @Test
  void unknownNamesAreRefusedInDockersWords() {
    EngineException add =
        assertThrows(EngineException.class, () -> resolve(List.of("chpass"), List.of()));
    assertEquals("invalid CapAdd: unknown capability: \"CAP_CHPASS\"", add.getMessage());
    assertEquals(EngineException.Kind.INVALID, add.kind());
    EngineException drop =
        assertThrows(EngineException.class, () -> resolve(List.of(), List.of("CHPASS")));
    assertEquals("invalid CapDrop: unknown capability: \"CAP_CHPASS\"", drop.getMessage());
  }

  @Test
  void whatTheHostLacksIsRefusedWhenNamedAndLeftOutOfTheRest() {
    HostCapabilities old =
        new HostCapabilities(
            new Capabilities((1L << 38) - 1),
            new Capabilities(-1).without(Capabilities.of(CAP_MKNOD)));
    EngineException refused =
        assertThrows(
            EngineException.class,
            () -> new CapabilityRequest(List.of("BPF"), List.of(), false).resolve(old));
    assertEquals(
        "invalid CapAdd: capability not supported by your kernel or not available in the current"
            + " environment: \"CAP_BPF\"",
        refused.getMessage());
    assertFalse(CapabilityRequest.DEFAULT.resolve(old).has(CAP_MKNOD));
    assertFalse(
        new CapabilityRequest(List.of("ALL"), List.of(), false).resolve(old).has(CAP_PERFMON));
  }

  @Test
  void hostIsReadFromProc(@TempDir Path proc) throws Exception {
    Files.createDirectories(proc.resolve("sys/kernel"));
    Files.createDirectories(proc.resolve("self"));
    Files.writeString(proc.resolve("sys/kernel/cap_last_cap"), "40\n");
    Files.writeString(
        proc.resolve("self/status"), "Name:\tjava\nCapBnd:\t000001fffeffffff\nCapAmb:\t0\n");
    HostCapabilities host = HostCapabilities.read(proc);
    assertEquals(0x1ffffffffffL, host.known().bits());
    assertFalse(host.available().has(CAP_SYS_RESOURCE));
    assertTrue(host.available().has(CAP_SYS_ADMIN));
  }
}
