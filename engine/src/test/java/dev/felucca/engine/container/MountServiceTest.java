package dev.felucca.engine.container;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.EngineException.Kind;
import dev.felucca.kernel.container.ContainerState.Status;
import dev.felucca.kernel.container.MountPoint;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class MountServiceTest extends OnTestEngine {
  private List<String> places(ContainerId id) {
    return engine.inspect(id).mounts().stream().map(MountPoint::destination).toList();
  }

  private Set<String> mounted(ContainerId id) {
    return engine.process(id).mounted().keySet();
  }

  private static void assertRefused(Kind kind, Executable call) {
    assertEquals(kind, assertThrows(EngineException.class, call).kind());
  }

  @Test
  void aRunningContainerSeesAMountAtOnceAndKeepsItOverItsRestart() throws IOException {
    ContainerId id = engine.run("c1");
    engine.mounts.add("c1", root + ":/b:ro");
    engine.mounts.add("c1", "data:/v");
    assertEquals(Set.of("/b", "/v"), mounted(id));
    assertEquals(List.of(id.hex()), machine.volumes.users("data"));
    assertRefused(Kind.CONFLICT, () -> engine.volumes.remove("data", false));
    engine.manager.stop("c1", null, null);
    TestEngine.await("the volume is let go", () -> machine.volumes.users("data").isEmpty());
    engine.manager.start("c1");
    assertEquals(List.of("/b", "/v"), places(id));
    assertEquals(List.of(id.hex()), machine.volumes.users("data"));
  }

  @Test
  void anAddedVolumeIsOfferedWhatTheImageHasThereUnlessThatIsNotWanted() throws IOException {
    engine.run("c1");
    engine.mounts.add("c1", "data:/v");
    engine.mounts.add("c1", "bare:/w:nocopy");
    engine.mounts.add("c1", root + ":/b");
    assertEquals(List.of("/v to data/files"), machine.files.copied);
    assertEquals(1, machine.volumes.users("data").size());
  }

  @Test
  void whatWasAddedOutlastsTheEngine() throws IOException {
    ContainerId id = engine.run("c1");
    engine.mounts.add("c1", "data:/v");
    engine.crash();
    engine = new TestEngine(machine);
    engine.awaitStatus(id, Status.RUNNING);
    assertEquals(List.of("/v"), places(id));
    TestEngine.await("its driver has it again", () -> isAdopted("c1"));
    engine.mounts.remove("c1", "/v");
    assertEquals(List.of(), places(id));
    assertEquals(List.of(), machine.volumes.users("data"));
    engine.volumes.remove("data", false);
  }

  @Test
  void aMountThatFailsLeavesNothing() throws IOException {
    ContainerId id = engine.run("c1");
    machine.isolation.trouble().fail("mount", "no room");
    assertTrue(
        assertThrows(IOException.class, () -> engine.mounts.add("c1", "/v"))
            .getMessage()
            .contains("no room"));
    assertThrows(IOException.class, () -> engine.mounts.add("c1", "named:/v"));
    assertEquals(List.of(), places(id));
    assertEquals(List.of(), machine.volumes.users("named"));
    assertEquals(List.of("named"), volumes()); // anonymous ones go, named ones stay
  }

  private boolean isAdopted(String name) throws IOException {
    try {
      engine.queries.stats(name);
      return true;
    } catch (EngineException notYet) {
      return false;
    }
  }

  private List<String> volumes() throws IOException {
    return engine.volumes.list(Map.of()).stream().map(each -> each.name()).toList();
  }

  @Test
  void aVolumeAtTwoPlacesIsLetGoWithTheLast() throws IOException {
    ContainerId id = engine.run("c1");
    engine.mounts.add("c1", "data:/one");
    engine.mounts.add("c1", "data:/two");
    engine.mounts.remove("c1", "/one");
    assertEquals(List.of(id.hex()), machine.volumes.users("data"));
    engine.mounts.remove("c1", "/two");
    assertEquals(List.of(), machine.volumes.users("data"));
  }

  @Test
  void placesThatAreTakenEmptyOrCoveredAreRefused() throws IOException {
    engine.run("c1", host -> host.binds = List.of("data:/a:nocopy"));
    assertRefused(Kind.CONFLICT, () -> engine.mounts.add("c1", "data:/a"));
    assertRefused(Kind.NOT_FOUND, () -> engine.mounts.remove("c1", "/none"));
    engine.mounts.add("c1", "other:/a/b");
    assertRefused(Kind.CONFLICT, () -> engine.mounts.remove("c1", "/a"));
    engine.mounts.remove("c1", "/a/b");
    engine.mounts.remove("c1", "/a");
    assertRefused(Kind.NOT_FOUND, () -> engine.mounts.add("nobody", "data:/a"));
  }

  @Test
  void oneThatDoesNotRunSeesItFromItsNextStartOn() throws IOException {
    ContainerId id = engine.create("c1");
    engine.mounts.add("c1", "data:/v");
    assertEquals(List.of(), machine.volumes.users("data"));
    engine.manager.start("c1");
    assertEquals(List.of(id.hex()), machine.volumes.users("data"));
  }
}
