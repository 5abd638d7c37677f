package dev.felucca.volumes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.EngineException.Kind;
import dev.felucca.kernel.volume.VolumeDriver;
import dev.felucca.linux.LinuxSyscalls;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import dev.felucca.tck.volume.VolumeDriverContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class LocalVolumesTest extends VolumeDriverContract {
  private static final Map<String, String> TMPFS =
      Map.of("type", "tmpfs", "device", "tmpfs", "o", "size=1m,mode=700");

  private final Syscalls linux = LinuxSyscalls.load();

  @Override
  protected VolumeDriver create(Path root) {
    return new LocalVolumes(linux, root);
  }

  @Test
  void aTmpfsIsSharedByItsUsersAndEmptyAfterTheLast() throws IOException {
    assumeTrue(linux.call(Sysno.GETEUID) == 0, "mounting needs root");
    Path path = driver.create("quick", TMPFS).path();
    try {
      driver.mount("quick", "c1");
      Files.writeString(path.resolve("file"), "shared");
      driver = create(root);
      driver.mount("quick", "c2");
      assertEquals("shared", Files.readString(path.resolve("file")));
      assertRefused(Kind.CONFLICT, () -> driver.remove("quick"));
      driver.unmount("quick", "c1");
      assertTrue(Files.exists(path.resolve("file")));
    } finally {
      driver.unmount("quick", "c1");
      driver.unmount("quick", "c2");
    }
    assertFalse(Files.exists(path.resolve("file")));
    driver.remove("quick");
  }

  @Test
  void oneThatIsRemovedAndMadeAnewMeanwhileIsMeasuredOrNotThere() throws Exception {
    AtomicBoolean over = new AtomicBoolean();
    FutureTask<Integer> measuring =
        new FutureTask<>(
            () -> {
              int measured = 0;
              while (!over.get()) {
                try {
                  measured += driver.usage("data").inodes() > 0 ? 1 : 0;
                } catch (EngineException e) {
                  assertEquals(Kind.NOT_FOUND, e.kind());
                }
              }
              return measured;
            });
    Thread thread = new Thread(measuring, "measuring");
    thread.start();
    try {
      for (int n = 0; n < 300 && !measuring.isDone(); n++) {
        driver.create("data", Map.of());
        driver.remove("data");
      }
    } finally {
      over.set(true);
      thread.join();
    }
    assertTrue(measuring.get() > 0);
  }

  @Test
  void aSuccessorUnmountsWhatNobodyUsesAnyMore() throws IOException {
    assumeTrue(linux.call(Sysno.GETEUID) == 0, "mounting needs root");
    Path path = driver.create("quick", TMPFS).path();
    try {
      driver.mount("quick", "ended");
      Files.writeString(path.resolve("file"), "lost");
      driver = create(root);
      driver.adopt(Set.of("others"));
      assertFalse(Files.exists(path.resolve("file")));
      driver.remove("quick");
    } finally {
      driver.unmount("quick", "ended");
    }
  }

  @Test
  void aBoundDirectoryIsShownAndOutlastsItsVolume() throws IOException {
    assumeTrue(linux.call(Sysno.GETEUID) == 0, "mounting needs root");
    Path shown = Files.createDirectory(root.resolve("_shown"));
    Files.writeString(shown.resolve("file"), "mine");
    Path path =
        driver
            .create("view", Map.of("type", "none", "device", shown.toString(), "o", "bind"))
            .path();
    try {
      driver.mount("view", "c1");
      assertEquals("mine", Files.readString(path.resolve("file")));
    } finally {
      driver.unmount("view", "c1");
    }
    driver.remove("view");
    assertEquals("mine", Files.readString(shown.resolve("file")));
  }

  @Test
  void optionsThatMakeNoMountAreRefused() {
    assertRefused(Kind.INVALID, () -> driver.create("bad", Map.of("color", "red")));
    assertRefused(Kind.INVALID, () -> driver.create("bad", Map.of("type", "tmpfs")));
    assertRefused(Kind.INVALID, () -> driver.create("bad", Map.of("device", "tmpfs")));
  }

  @Test
  void otherOptionsForTheSameNameAreAConflict() throws IOException {
    driver.create("quick", TMPFS);
    assertRefused(Kind.CONFLICT, () -> driver.create("quick", Map.of()));
  }

  @Test
  void aVolumeWhoseFileIsDamagedStandsInNobodysWay() throws IOException {
    driver.create("bad", Map.of());
    driver.create("good", Map.of());
    Path about = root.resolve("bad/volume.json");
    Files.write(about, new byte[0]);
    driver = create(root);
    driver.adopt(Set.of());
    assertEquals(List.of("good"), driver.list().stream().map(info -> info.name()).toList());
    IOException told = assertThrows(IOException.class, () -> driver.find("bad"));
    assertTrue(told.getMessage().contains(about.toString()), told.getMessage());
    Files.delete(about);
    Files.createDirectory(about);
    told = assertThrows(IOException.class, () -> driver.find("bad"));
    assertTrue(told.getMessage().contains(about.toString()), told.getMessage());
  }

  @Test
  void whatACrashLeftIsSweptAndWhatWasMovedHereIsAVolume() throws IOException {
    Files.createDirectories(root.resolve(".new-1/_data"));
    Files.createDirectories(root.resolve(".gone-1/_data/x"));
    Files.createDirectories(root.resolve("moved/_data"));
    driver = create(root);
    assertEquals(List.of("moved"), driver.list().stream().map(info -> info.name()).toList());
    assertFalse(Files.exists(root.resolve(".gone-1")));
    assertFalse(Files.exists(root.resolve(".new-1")));
  }
}
