package dev.felucca.engine.volume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.engine.driver.Drivers;
import dev.felucca.engine.event.RecentEvents;
import dev.felucca.engine.state.Directories;
import dev.felucca.engine.state.StateFile;
import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.EngineException.Kind;
import dev.felucca.kernel.volume.VolumeDetails;
import dev.felucca.kernel.volume.VolumeRequest;
import dev.felucca.tck.fake.FakeVolumes;
import dev.felucca.tck.fake.Trouble;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class EngineVolumesTest {
  private static final ContainerId CONTAINER = ContainerId.random();

  @TempDir Path root;
  private final Map<String, List<String>> users = new HashMap<>();
  private final Drivers drivers = new Drivers();
  private FakeVolumes local;
  private FakeVolumes other;
  private Directories directories;
  private EngineVolumes volumes;

  @BeforeEach
  void begin() throws IOException {
    local = new FakeVolumes("local", root.resolve("local"));
    other = new FakeVolumes("other", root.resolve("other"));
    drivers.bindVolume(local);
    drivers.bindVolume(other);
    directories = new Directories(root.resolve("data"), root.resolve("run"));
    volumes = open();
  }

  /** As a {@code kill -9} leaves it when the driver has made it, and nothing is in the book. */
  @Test
  void aVolumeWhoseMakingWasCutShortIsNotThere() throws Exception {
    volumes.create(named("kept", "local"));
    local.create("half", Map.of());
    Path records = directories.dataRoot().resolve("volume-records");
    new StateFile<>(records.resolve("unsettled/half.json"), Unsettled.class)
        .write(new Unsettled("half", "local", ""));
    Files.writeString(records.resolve(".other.json.next"), "{");
    volumes.close();
    volumes = open();
    volumes.adopt("local", Set.of(), Set.of());
    assertEquals(List.of("kept"), names());
    assertTrue(local.find("half").isEmpty());
    try (var left = Files.list(records.resolve("unsettled"))) {
      assertEquals(0, left.count());
    }
    assertFalse(Files.exists(records.resolve(".other.json.next")));
  }

  @Test
  void aVolumeThatIsMadeIsNotedUntilItIsInTheBook() throws Exception {
    Path note = directories.dataRoot().resolve("volume-records/unsettled/one.json");
    Trouble.Hang create = local.trouble().hang("create");
    CompletableFuture<?> made =
        CompletableFuture.runAsync(
            () -> {
              try {
                volumes.create(named("one", "local"));
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    assertTrue(create.reached());
    assertTrue(Files.exists(note));
    create.close();
    made.get(10, TimeUnit.SECONDS);
    assertFalse(Files.exists(note));
  }

  @AfterEach
  void end() {
    volumes.close();
    directories.close();
  }

  private EngineVolumes open() throws IOException {
    return new EngineVolumes(
        directories,
        drivers,
        new RecentEvents(),
        name -> users.getOrDefault(name, List.of()),
        Duration.ofMillis(300),
        Duration.ofMillis(300));
  }

  private static VolumeRequest named(String name, String driver) {
    return new VolumeRequest(name, driver, Map.of(), Map.of("a", "b"));
  }

  private List<String> names() throws IOException {
    return volumes.list(Map.of()).stream().map(VolumeDetails::name).toList();
  }

  private static void assertRefused(Kind kind, String words, ThrowingCall call) {
    EngineException refusal = assertThrows(EngineException.class, call::run);
    assertEquals(kind, refusal.kind());
    assertTrue(refusal.getMessage().contains(words), refusal.getMessage());
  }

  private interface ThrowingCall {
    void run() throws IOException;
  }

  @Test
  void ofARemovalThatWasCutShortNothingIsLeft() throws IOException {
    for (String name : List.of("gone", "used", "there")) {
      volumes.create(named(name, "local"));
    }
    users.put("used", List.of("c1"));
    // As if the engine had ended between the two steps of a removal.
    local.remove("gone");
    local.remove("used");
    volumes.adopt("local", Set.of(), Set.of());
    Path records = root.resolve("data/volume-records");
    assertFalse(Files.exists(records.resolve("gone.json")));
    assertTrue(Files.exists(records.resolve("used.json")), "its container has it made again");
    assertTrue(Files.exists(records.resolve("there.json")));
    assertEquals(List.of("there"), names());
  }

  @Test
  void aVolumeIsItsDriversAndKeepsItsLabelsOverTheEngine() throws IOException {
    volumes.create(named("data", "other"));
    assertTrue(Files.isDirectory(root.resolve("other/data/files")));
    volumes.close();
    volumes = open();
    VolumeDetails found = volumes.inspect("data");
    assertEquals("other", found.driver());
    assertEquals(Map.of("a", "b"), found.labels());
  }

  @Test
  void creatingAgainAnswersWhatIsThereAndAnotherDriverIsAConflict() throws IOException {
    VolumeDetails made = volumes.create(named("data", ""));
    assertEquals(made, volumes.create(named("data", "local")));
    assertRefused(
        Kind.CONFLICT,
        "create data: driver 'local' already has volume 'data': volume name must be unique",
        () -> volumes.create(named("data", "other")));
  }

  @Test
  void aDriverThatIsNotHereIsNamed() {
    assertRefused(Kind.NOT_FOUND, "nosuch", () -> volumes.create(named("data", "nosuch")));
  }

  @Test
  void whatIsInUseOrHeldStays() throws IOException {
    volumes.create(named("data", ""));
    users.put("data", List.of("c1", "c2"));
    assertRefused(
        Kind.CONFLICT,
        "remove data: volume is in use - [c1, c2]",
        () -> volumes.remove("data", true));
    users.clear();
    EngineVolumes.Hold hold = volumes.hold(named("data", ""), CONTAINER);
    assertRefused(Kind.CONFLICT, "in use", () -> volumes.remove("data", false));
    hold.close();
    hold.close(); // more than once counts once
    volumes.remove("data", false);
    assertEquals(List.of(), names());
  }

  @Test
  void aNameIsNoPathWhateverTheDriver() throws IOException {
    for (String name : List.of("../out", "a/b", "..", ".hidden", "x", "x".repeat(241))) {
      for (String driver : List.of("", "other")) {
        assertRefused(Kind.INVALID, "volume name", () -> volumes.create(named(name, driver)));
      }
    }
    assertEquals(List.of(), names());
  }

  @Test
  void aHungCreationBlocksItsOwnNameOnly() throws Exception {
    try (Trouble.Hang hang = other.trouble().hang("create")) {
      CompletableFuture<VolumeDetails> stuck =
          CompletableFuture.supplyAsync(
              () -> unchecked(() -> volumes.create(named("stuck", "other"))));
      assertTrue(hang.reached());
      volumes.create(named("free", ""));
      volumes.remove("free", false);
      assertRefused(
          Kind.CONFLICT,
          "volume stuck is busy: its creation has not returned",
          () -> volumes.remove("stuck", true));
      hang.close();
      assertEquals("stuck", stuck.get().name());
    }
  }

  @Test
  void aHungDriverIsLeftOutOfListsAndItsVolumesAreShownFromTheBook() throws Exception {
    volumes.create(named("mine", ""));
    volumes.create(named("theirs", "other"));
    try (Trouble.Hang hang = other.trouble().hang("list")) {
      assertEquals(List.of("mine", "theirs"), names());
      assertEquals(List.of("mine", "theirs"), names());
      long asked = other.trouble().calls().stream().filter("list"::equals).count();
      assertEquals(1, asked, "known to hang, it is not asked again");
      assertEquals("", volumes.list(Map.of("name", List.of("theirs"))).get(0).mountpoint());
    }
  }

  @Test
  void volumesOfADriverThatIsAwayAreShownAndStay() throws IOException {
    volumes.create(named("theirs", "other"));
    drivers.unbindVolume(other);
    assertEquals(List.of("theirs"), names());
    assertEquals("", volumes.inspect("theirs").mountpoint());
    assertRefused(Kind.UNAVAILABLE, "other", () -> volumes.remove("theirs", false));
    assertEquals(List.of(), volumes.prune(Map.of("all", List.of("true"))).names());
    drivers.bindVolume(other);
    assertFalse(volumes.inspect("theirs").mountpoint().isEmpty());
  }

  @Test
  void pruneTakesAnonymousOnesAndAllOnlyWhenAsked() throws IOException {
    volumes.create(named("named", ""));
    String anonymous = volumes.create(new VolumeRequest("", "", Map.of(), Map.of())).name();
    String used = volumes.create(new VolumeRequest("", "", Map.of(), Map.of())).name();
    users.put(used, List.of("c1"));
    assertEquals(List.of(anonymous), volumes.prune(Map.of()).names());
    assertEquals(List.of("named"), volumes.prune(Map.of("all", List.of("true"))).names());
    assertEquals(List.of(used), names());
  }

  /** The engine goes and comes again. */
  private void again(Set<String> unreadable) throws IOException {
    volumes.close();
    volumes = open();
    volumes.adopt("other", Set.of(), unreadable);
    volumes.adopt("local", Set.of(), unreadable);
  }

  @Test
  void whatWasMadeForAContainerThatNeverCameToBeGoes() throws IOException {
    String kept = volumes.hold(named("", ""), CONTAINER).volume().name();
    volumes.settled(List.of(kept)); // and this one's was removed later, without its volumes
    String used = volumes.hold(named("", "other"), CONTAINER).volume().name();
    users.put(used, List.of(CONTAINER.hex()));
    volumes.hold(named("named", ""), CONTAINER);
    volumes.hold(named("", ""), CONTAINER);
    String removed = volumes.hold(named("", ""), CONTAINER).volume().name();
    volumes.settled(List.of(removed));
    volumes.unsettle(List.of(removed, "named"), CONTAINER);
    again(Set.of(CONTAINER.hex()));
    assertEquals(5, names().size());
    again(Set.of());
    List<String> stay = new ArrayList<>(List.of(kept, used, "named"));
    stay.sort(null);
    assertEquals(stay, names());
    users.clear();
    again(Set.of());
    assertEquals(stay, names());
  }

  @Test
  void ofAVolumeThatItsDriverRefusedNoNoteIsLeft() throws IOException {
    other.trouble().fail("create", "no room");
    assertThrows(IOException.class, () -> volumes.hold(named("", "other"), CONTAINER));
    assertRefused(Kind.NOT_FOUND, "nosuch", () -> volumes.hold(named("", "nosuch"), CONTAINER));
    try (var notes = Files.list(root.resolve("data/volume-records/unsettled"))) {
      assertEquals(0, notes.count());
    }
  }

  @Test
  void whatHasNoRecordYetGoesToo() throws IOException {
    String name = volumes.hold(named("", ""), CONTAINER).volume().name();
    // As if the engine had ended when its driver had made it.
    Files.delete(root.resolve("data/volume-records").resolve(name + ".json"));
    again(Set.of());
    assertEquals(List.of(), names());
  }

  @Test
  void aDriverThatComesHearsWhoRuns() throws IOException {
    volumes.create(named("data", "other"));
    volumes.mount("data", "ended", Map.of());
    volumes.mount("data", "runs", Map.of());
    drivers.unbindVolume(other);
    FakeVolumes next = new FakeVolumes("other", root.resolve("other"));
    drivers.bindVolume(next);
    volumes.adopt("other", Set.of("runs"), Set.of());
    assertEquals(List.of("runs"), next.users("data"));
  }

  private static <T> T unchecked(Call<T> call) {
    try {
      return call.run();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private interface Call<T> {
    T run() throws IOException;
  }
}
