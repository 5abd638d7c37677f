package dev.felucca.engine.container;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.Digest;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.EngineException.Kind;
import dev.felucca.kernel.container.ContainerState.Status;
import dev.felucca.kernel.container.MountPoint;
import dev.felucca.kernel.container.MountRequest;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ImageMountsTest extends OnTestEngine {
  private static MountRequest image(String name, String target, String subpath) {
    return new MountRequest(
        "image", name, target, false, "", "", false, false, false, false, false, Map.of(), "",
        Map.of(), "", subpath, null, null, List.of());
  }

  private static MountRequest busybox() {
    return image("busybox", "/i", "");
  }

  /** All there are but the layers of images. */
  private List<String> views() {
    return machine.storage.keys().stream().filter(key -> key.indexOf('.') > 0).toList();
  }

  private MountPoint only(ContainerId id) {
    assertEquals(1, engine.inspect(id).mounts().size());
    return engine.inspect(id).mounts().get(0);
  }

  @Test
  void anImageIsHeldFromTheCreationToTheRemoval() throws IOException {
    ContainerId id = engine.create("c1", c -> {}, host -> host.mounts = List.of(busybox()));
    Digest image = Digest.parse(only(id).source());
    assertEquals("busybox", only(id).name());
    assertEquals(1, views().size());
    assertTrue(views().get(0).startsWith("container-" + id.hex() + "."));
    assertEquals(1, engine.core.index.of(image).size());
    engine.manager.start("c1");
    assertTrue(engine.process(id).mounted().isEmpty()); // it is part of what it was started with
    engine.manager.remove("c1", true, false);
    assertEquals(List.of(), views());
    assertEquals(List.of(), engine.core.index.of(image));
  }

  @Test
  void whatCannotBeMountedLeavesNothing() throws IOException {
    EngineException none =
        assertThrows(
            EngineException.class,
            () ->
                engine.create(
                    "c1",
                    c -> {},
                    host -> host.mounts = List.of(busybox(), image("none", "/n", ""))));
    assertEquals(Kind.INVALID, none.kind());
    assertEquals("No such image: none", none.getMessage());
    assertEquals(List.of(), machine.storage.keys());
  }

  @Test
  void aSubpathIsRefusedAtTheStartInDockersWords() throws IOException {
    engine.create("c1", c -> {}, host -> host.mounts = List.of(image("busybox", "/i", "none")));
    EngineException none = assertThrows(EngineException.class, () -> engine.manager.start("c1"));
    assertEquals(Kind.NOT_FOUND, none.kind());
    assertEquals(
        "cannot access path busybox/none: lstat busybox/none: no such file or directory",
        none.getMessage());
    engine.create("c2", c -> {}, host -> host.mounts = List.of(image("busybox", "/i", "out")));
    EngineException out = assertThrows(EngineException.class, () -> engine.manager.start("c2"));
    assertTrue(
        out.getMessage()
            .contains("path concatenation escapes the base directory, base: busybox, subpath: out"),
        out.getMessage());
  }

  @Test
  void aViewThatACrashTookIsMadeAgainAndOneThatNobodyHasIsSwept() throws IOException {
    ContainerId id = engine.run("c1", host -> host.mounts = List.of(busybox()));
    String view = views().get(0);
    machine.storage.view("container-" + id.hex() + ".0000", "image-busybox");
    engine.crash();
    engine = new TestEngine(machine);
    engine.awaitStatus(id, Status.RUNNING);
    TestEngine.await("the other one is swept", () -> views().equals(List.of(view)));
    machine.storage.remove(view);
    engine.manager.restart("c1", null, null);
    assertEquals(List.of(view), views());
  }

  @Test
  void itIsAddedAndTakenAwayWithItsView() throws IOException {
    ContainerId id = engine.run("c1");
    engine.mounts.add("c1", busybox());
    assertEquals(1, views().size());
    assertTrue(engine.process(id).mounted().containsKey("/i"));
    machine.isolation.trouble().fail("mount", "no room");
    assertThrows(IOException.class, () -> engine.mounts.add("c1", image("busybox", "/j", "")));
    assertEquals(1, views().size());
    engine.mounts.remove("c1", "/i");
    assertEquals(List.of(), views());
    assertEquals(List.of(), engine.inspect(id).mounts());
  }
}
