package dev.felucca.tck.volume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.EngineException.Kind;
import dev.felucca.kernel.volume.VolumeDriver;
import dev.felucca.kernel.volume.VolumeInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** What {@link VolumeDriver} promises. */
public abstract class VolumeDriverContract {
  @TempDir
  @SuppressWarnings("NullAway.Init")
  protected Path root;

  @SuppressWarnings("NullAway.Init")
  protected VolumeDriver driver;

  /** A driver on {@code root}, which may hold what an earlier one left there. */
  protected abstract VolumeDriver create(Path root) throws IOException;

  @BeforeEach
  void begin() throws IOException {
    driver = create(root);
    assertEquals(Optional.empty(), driver.unusable());
  }

  @Test
  void aCreatedVolumeIsAnEmptyDirectoryThatIsFoundAndListed() throws IOException {
    VolumeInfo made = driver.create("data", Map.of());
    driver.create("another", Map.of());
    driver.mount("data", "c1");
    try (var entries = Files.list(made.path())) {
      assertEquals(0, entries.count());
    }
    assertEquals(Optional.of(made), driver.find("data"));
    assertEquals(List.of("another", "data"), names());
    driver.unmount("data", "c1");
  }

  @Test
  void creatingAgainAnswersWhatIsThereAndItsFilesStay() throws IOException {
    VolumeInfo made = driver.create("data", Map.of());
    driver.mount("data", "c1");
    Files.writeString(made.path().resolve("file"), "kept");
    assertEquals(made, driver.create("data", Map.of()));
    assertEquals("kept", Files.readString(made.path().resolve("file")));
    driver.unmount("data", "c1");
  }

  @Test
  void filesOutlastUsersAndTheDriver() throws IOException {
    Path path = driver.create("data", Map.of()).path();
    driver.mount("data", "c1");
    Files.writeString(path.resolve("file"), "kept");
    driver.unmount("data", "c1");
    driver = create(root);
    assertEquals(path, driver.find("data").orElseThrow().path());
    driver.mount("data", "c2");
    assertEquals("kept", Files.readString(path.resolve("file")));
    assertTrue(driver.usage("data").bytes() >= 0);
    driver.unmount("data", "c2");
  }

  @Test
  void mountingAndUnmountingRepeatSafely() throws IOException {
    driver.create("data", Map.of());
    driver.mount("data", "c1");
    driver.mount("data", "c1");
    driver.unmount("data", "c1");
    driver.unmount("data", "c1");
    driver.remove("data");
    assertEquals(List.of(), names());
  }

  @Test
  void aRemovedVolumeIsGoneAndItsNameFreeForAnEmptyOne() throws IOException {
    Path path = driver.create("data", Map.of()).path();
    driver.mount("data", "c1");
    Files.createDirectories(path.resolve("a/b"));
    driver.unmount("data", "c1");
    driver.remove("data");
    assertEquals(Optional.empty(), driver.find("data"));
    Path again = driver.create("data", Map.of()).path();
    driver.mount("data", "c1");
    assertFalse(Files.exists(again.resolve("a")));
    driver.unmount("data", "c1");
  }

  @Test
  void whatASuccessorAdoptsLetsGoOfThoseWhoseEndWasMissed() throws IOException {
    driver.create("data", Map.of());
    driver.mount("data", "runs");
    driver.mount("data", "ended");
    driver = create(root);
    driver.mount("data", "new");
    driver.adopt(Set.of("runs"));
    driver.unmount("data", "runs");
    driver.unmount("data", "new");
    driver.remove("data");
    assertEquals(Optional.empty(), driver.find("data"));
  }

  @Test
  void usersOfDifferentVolumesDoNotMeet() throws IOException {
    driver.create("one", Map.of());
    Path two = driver.create("two", Map.of()).path();
    driver.mount("one", "c1");
    driver.mount("two", "c1");
    Files.writeString(two.resolve("file"), "kept");
    driver.unmount("one", "c1");
    assertEquals("kept", Files.readString(two.resolve("file")));
    driver.unmount("two", "c1");
    driver.remove("one");
    assertEquals(List.of("two"), names());
  }

  @Test
  void optionsThatMeanNothingAreRefused() throws IOException {
    assertRefused(Kind.INVALID, () -> driver.create("data", Map.of("no-such-option", "x")));
    assertEquals(List.of(), names());
  }

  @Test
  void whatIsNotThereIsNotFound() {
    assertRefused(Kind.NOT_FOUND, () -> driver.remove("none"));
    assertRefused(Kind.NOT_FOUND, () -> driver.mount("none", "c1"));
    assertRefused(Kind.NOT_FOUND, () -> driver.usage("none"));
  }

  @Test
  void namesThatLeadElsewhereAreRefused() {
    for (String name : new String[] {"", ".", "..", "../up", "a/b", "x\0y", "-dash"}) {
      assertRefused(Kind.INVALID, () -> driver.create(name, Map.of()));
    }
  }

  private List<String> names() throws IOException {
    return driver.list().stream().map(VolumeInfo::name).toList();
  }

  /** Claims that a call is refused for this kind of reason. */
  protected static void assertRefused(Kind kind, Executable call) {
    assertEquals(kind, assertThrows(EngineException.class, call).kind());
  }
}
