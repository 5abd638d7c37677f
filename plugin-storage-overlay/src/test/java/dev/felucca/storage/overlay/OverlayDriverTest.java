package dev.felucca.storage.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.storage.Mount;
import dev.felucca.linux.LinuxSyscalls;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import dev.felucca.linux.layer.Trees;
import dev.felucca.tck.storage.SeenTree;
import dev.felucca.tck.storage.TarBytes;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is overlay's own, beside the contracts. */
class OverlayDriverTest {
  private final Syscalls linux = LinuxSyscalls.load();
  private Path root;

  @BeforeEach
  void begin() throws IOException {
    assumeTrue(linux.call(Sysno.GETEUID) == 0, "overlay needs root");
    root = Files.createTempDirectory(Path.of("target").toAbsolutePath(), "overlay-");
  }

  @AfterEach
  void end() throws IOException {
    new Trees(linux).remove(root);
  }

  @Test
  void aRootThatCannotBeUsedIsAnAnswerNotAnException() throws IOException {
    Path file = Files.writeString(root.resolve("file"), "");
    OverlaySnapshotter driver = new OverlaySnapshotter(linux, file.resolve("overlay"));
    String reason = driver.unusable().orElseThrow();
    assertTrue(reason.contains(file.toString()), reason);
    EngineException refusal =
        assertThrows(EngineException.class, () -> driver.prepare("box", null));
    assertEquals(EngineException.Kind.UNAVAILABLE, refusal.kind());
  }

  @Test
  void aFileSystemThatCannotHoldLayersIsNamed() {
    // No directory can be made there, by anyone.
    OverlaySnapshotter driver = new OverlaySnapshotter(linux, Path.of("/proc/felucca"));
    assertTrue(driver.unusable().orElseThrow().contains("/proc/felucca"));
  }

  @Test
  void anotherOverlayCannotHoldLayersAndTheReasonIsSaid() throws IOException {
    OverlaySnapshotter below = new OverlaySnapshotter(linux, root.resolve("o"));
    below.prepare("new", null);
    below.commit("base", "new", null);
    below.prepare("box", "base");
    try (SeenTree seen = new SeenTree(linux, below.mounts("box"))) {
      OverlaySnapshotter driver = new OverlaySnapshotter(linux, seen.path("data"));
      String reason = driver.unusable().orElseThrow();
      assertTrue(reason.contains("overlay on "), reason);
      assertTrue(reason.contains("EINVAL"), reason);
    }
  }

  @Test
  void theProbeLeavesNothingBehind() throws IOException {
    String before = Files.readString(Path.of("/proc/self/mountinfo"));
    OverlaySnapshotter driver = new OverlaySnapshotter(linux, root.resolve("o"));
    assertEquals(Optional.empty(), driver.unusable());
    assertEquals(before, Files.readString(Path.of("/proc/self/mountinfo")));
    try (var files = Files.list(root.resolve("o"))) {
      assertEquals(List.of(root.resolve("o/snapshots")), files.toList());
    }
  }

  @Test
  void theOptionsOf127LayersFitInOnePageAndSayWhatMatters() throws IOException {
    OverlaySnapshotter driver = new OverlaySnapshotter(linux, root.resolve("o"));
    byte[] empty = new byte[1024];
    String parent = "layer0";
    driver.prepare("new", null);
    driver.commit(parent, "new", null);
    for (int i = 1; i < 127; i++) {
      driver.prepare("new", null);
      driver.apply("new", new ByteArrayInputStream(empty));
      driver.commit("layer" + i, "new", parent);
      parent = "layer" + i;
    }
    driver.prepare("box", parent);
    Mount mount = driver.mounts("box").get(0);
    assertEquals(root.resolve("o"), mount.base());
    String options = String.join(",", mount.options());
    assertTrue(options.length() < 1500, options);
    assertTrue(
        options.startsWith("index=off,metacopy=off,redirect_dir=nofollow,lowerdir="), options);
    assertEquals(127, options.split("lowerdir=")[1].split(",")[0].split(":").length);
  }

  @Test
  void aLayerUnpackedBeforeACrashIsSettledAfterIt() throws IOException {
    Path data = root.resolve("o");
    OverlaySnapshotter driver = new OverlaySnapshotter(linux, data);
    driver.prepare("new", null);
    Path first = data.resolve(driver.mounts("new").get(0).source());
    Files.createDirectory(first.resolve("tmp"));
    Files.setAttribute(first.resolve("tmp"), "unix:mode", 041777);
    driver.commit("base", "new", null);
    driver.settle();
    driver.prepare("upper", null);
    driver.apply("upper", new ByteArrayInputStream(tarOf("tmp/x")));
    OverlaySnapshotter again = new OverlaySnapshotter(linux, data);
    Path second = Path.of(again.mounts("upper").get(0).source());
    assertEquals(040755, Files.getAttribute(second.resolve("tmp"), "unix:mode"));
    again.commit("layer", "upper", "base");
    assertEquals(041777, Files.getAttribute(second.resolve("tmp"), "unix:mode"));
  }

  private static byte[] tarOf(String name) {
    return TarBytes.of(TarBytes.file(name, "content")).bytes();
  }
}
