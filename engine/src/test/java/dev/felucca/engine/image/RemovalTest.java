package dev.felucca.engine.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.engine.image.TestImages.Layer;
import dev.felucca.engine.image.TestImages.Made;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.image.ImageDetails;
import dev.felucca.kernel.image.ImageReference;
import dev.felucca.kernel.image.Images.Removed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RemovalTest extends OnBench {
  private static final String CONTAINER = "abcdef012345" + "6".repeat(52);

  private Made made;
  private String name;

  @BeforeEach
  void open() throws IOException {
    made = TestImages.put(bench.registry, "app", "v1", TestImages.layers(3));
    bench.pull("app:v1");
    name = bench.reference("app:v1").familiar();
  }

  @Test
  void theLastTagTakesDigestImageAndLayersAlong() throws IOException {
    List<String> chain = made.chain();
    assertEquals(
        List.of(
            "Untagged: " + name,
            "Untagged: " + name.replace(":v1", "") + "@" + made.manifest(),
            "Deleted: " + made.id(),
            "Deleted: " + chain.get(2),
            "Deleted: " + chain.get(1),
            "Deleted: " + chain.get(0)),
        remove(name, false));
    assertEquals(List.of(), bench.storage.keys());
    assertEquals(List.of(), bench.files("content/blobs"));
    assertEquals(List.of(), bench.files("images"));
    assertEquals(List.of(), bench.files("references"));
    assertEquals(
        List.of("pull", "untag", "delete"),
        bench.events.stream().map(event -> event.action()).toList());
  }

  @Test
  void anIdRemovesAllNamesOfOneRepository() throws IOException {
    List<String> steps = remove(made.id().hex().substring(0, 12), false);
    assertEquals(6, steps.size());
    assertTrue(steps.contains("Untagged: " + name));
  }

  @Test
  void oneOfTwoTagsIsJustUntagged() throws IOException {
    bench.images.tag(name, ImageReference.parse("other:x"));
    assertEquals(List.of("Untagged: other:x"), remove("other:x", false));
    assertEquals(made.id(), bench.images.inspect(name).id());
    bench.images.tag(name, ImageReference.parse("other:x"));
    assertEquals(
        "conflict: unable to delete "
            + made.id().hex().substring(0, 12)
            + " (must be forced) - image is referenced in multiple repositories",
        refused(made.id().toString(), false));
    assertEquals(7, remove(made.id().toString(), true).size());
  }

  @Test
  void layersThatAnotherImageHasStay() throws IOException {
    List<Layer> more = new ArrayList<>(made.layers());
    more.add(TestImages.plain(TestImages.bytes(50, 100)));
    Made child = TestImages.put(bench.registry, "more", "v1", more);
    bench.pull("more:v1");
    List<String> steps = remove(bench.reference("more:v1").familiar(), false);
    assertEquals("Deleted: " + child.chain().get(3), steps.get(steps.size() - 1));
    assertEquals(4, steps.size());
    assertEquals(made.chain(), sorted(bench.storage.keys()));
    assertEquals(5, bench.files("content/blobs").size());
  }

  @Test
  void aStoppedContainerHoldsTheLastName() throws IOException {
    use(false);
    assertEquals(
        "conflict: unable to remove repository reference \""
            + name
            + "\" (must force) - container abcdef012345 is using its referenced image "
            + made.id().hex().substring(0, 12),
        refused(name, false));
    assertEquals(
        "conflict: unable to delete "
            + made.id().hex().substring(0, 12)
            + " (must be forced) - image is being used by stopped container abcdef012345",
        refused(made.id().toString(), false));
    assertTrue(remove(name, true).contains("Deleted: " + made.id()));
  }

  @Test
  void aRunningContainerKeepsTheImageEvenFromForce() throws IOException {
    use(true);
    assertEquals(
        "conflict: unable to delete "
            + made.id().hex().substring(0, 12)
            + " (cannot be forced) - image is being used by running container abcdef012345",
        refused(made.id().toString(), true));
    List<String> steps = remove(name, true);
    assertEquals(2, steps.size());
    assertEquals(made.id(), bench.images.inspect(made.id().toString()).id());
    assertEquals(1, bench.images.list(false, Map.of("dangling", List.of("true"))).size());
  }

  @Test
  void aSnapshotWithAContainerOnItOutlivesAForcedRemoval() throws IOException {
    bench.storage.prepare("container", made.chain().get(2));
    remove(name, true);
    assertEquals(4, bench.storage.keys().size());
    bench.storage.remove("container");
    bench.restart();
    awaitKeys(0);
  }

  @Test
  void whatIsHeldIsNotCollected() throws IOException {
    ImageDetails image = bench.images.inspect(name);
    try (ImageSnapshots.Top top = bench.images.hold(image, "fake")) {
      remove(name, true);
      assertTrue(bench.storage.keys().contains(top.key()));
    }
  }

  @Test
  void rubbishOfAnEarlierEngineIsSweptAtItsStart() throws IOException {
    bench.storage.prepare("unpack-123456789012-x", null);
    Path blob = root.resolve("content/blobs/sha256/" + "1".repeat(64));
    Files.writeString(blob, "nobody's");
    bench.restart();
    awaitKeys(3);
    long end = System.nanoTime() + 10_000_000_000L;
    while (Files.exists(blob)) {
      assertTrue(System.nanoTime() < end, "the blob is still there");
      Thread.onSpinWait();
    }
    assertEquals(made.id(), bench.images.inspect(name).id());
  }

  @Test
  void whatAnEngineWasTakingInIsDroppedAndWhatItWasPullingIsKept() throws IOException {
    Path ingests = root.resolve("content/ingest");
    Files.writeString(ingests.resolve("intake-of-an-import"), "half a layer");
    Files.writeString(ingests.resolve("small-manifest"), "half of it");
    Path pulled = Files.writeString(ingests.resolve("sha256:" + "1".repeat(64)), "half a layer");
    bench.restart();
    try (var files = Files.list(ingests)) {
      assertEquals(List.of(pulled), files.toList());
    }
  }

  @Test
  void aDamagedFileIsMovedAsideAndTold() throws IOException {
    Path file;
    try (var files = Files.list(root.resolve("references"))) {
      file = files.sorted().toList().get(0);
    }
    Files.writeString(file, "{\"version\":1,");
    bench.restart();
    assertTrue(bench.events.stream().anyMatch(event -> event.action().equals("state_damaged")));
    try (var files = Files.list(root.resolve("references"))) {
      assertEquals(2, files.count(), "it is kept");
    }
    assertEquals(1, bench.images.list(false, Map.of()).size());
  }

  @Test
  void namesAndIdsAreFoundAsPeopleTypeThem() {
    String hex = made.id().hex();
    for (String text :
        List.of(hex, hex.substring(0, 5), "sha256:" + hex, "sha256:" + hex.substring(0, 7), name)) {
      assertEquals(made.id(), bench.images.inspect(text).id());
    }
    assertEquals("No such image: nope:latest", missing("nope"));
    assertEquals("No such image: debian:x", missing("docker.io/library/debian:x"));
    assertTrue(missing("sha256:" + "0".repeat(64)).startsWith("No such image: sha256:000"));
  }

  @Test
  void listsAreFiltered() throws IOException {
    List<Layer> layers = TestImages.layers(1);
    TestImages.put(
        bench.registry,
        "team/old",
        "v2",
        TestImages.config("amd64", "2020-01-01T00:00:00Z", layers),
        layers);
    bench.pull("team/old:v2");
    String old = bench.reference("team/old:v2").familiar();
    assertEquals(List.of(name, old), names(Map.of()));
    assertEquals(List.of(old), names(Map.of("before", List.of(name))));
    assertEquals(List.of(name), names(Map.of("since", List.of(old))));
    assertEquals(List.of(old), names(Map.of("until", List.of("2021-01-01"))));
    assertEquals(List.of(old), names(Map.of("until", List.of("2021-01-01", "2100-01-01"))));
    assertEquals(List.of(old), names(Map.of("reference", List.of("*/team/*"))));
    assertEquals(List.of(name), names(Map.of("reference", List.of("*/*:v1"))));
    assertEquals(List.of(name, old), names(Map.of("label", List.of("who=me"))));
    assertEquals(List.of(), names(Map.of("label", List.of("who=you"))));
    assertEquals(List.of(), names(Map.of("dangling", List.of("true"))));
    assertThrows(EngineException.class, () -> names(Map.of("colour", List.of("red"))));
  }

  @Test
  void namesSurviveARestart() throws IOException {
    bench.images.tag(name, ImageReference.parse("mine"));
    ImageDetails before = bench.images.inspect(name);
    bench.restart();
    assertEquals(before, bench.images.inspect("mine"));
    assertEquals(List.of(name, "mine:latest"), before.repoTags());
  }

  private void use(boolean running) {
    bench.use.register(
        id -> id.equals(made.id()) ? List.of(new ImageUsers.User(CONTAINER, running)) : List.of());
  }

  private List<String> names(Map<String, List<String>> filters) {
    return bench.images.list(false, filters).stream()
        .flatMap(image -> image.repoTags().stream())
        .toList();
  }

  private String missing(String text) {
    EngineException e = assertThrows(EngineException.class, () -> bench.images.inspect(text));
    assertEquals(EngineException.Kind.NOT_FOUND, e.kind());
    return e.getMessage();
  }

  private List<String> remove(String text, boolean force) throws IOException {
    List<String> steps = new ArrayList<>();
    for (Removed step : bench.images.remove(text, force, true)) {
      steps.add(
          step.untagged() != null ? "Untagged: " + step.untagged() : "Deleted: " + step.deleted());
    }
    return steps;
  }

  private String refused(String text, boolean force) {
    EngineException e =
        assertThrows(EngineException.class, () -> bench.images.remove(text, force, true));
    assertEquals(EngineException.Kind.CONFLICT, e.kind());
    return e.getMessage();
  }

  private List<String> sorted(List<String> keys) {
    return made.chain().stream().filter(keys::contains).toList();
  }

  private void awaitKeys(int count) {
    long end = System.nanoTime() + 10_000_000_000L;
    while (bench.storage.keys().size() != count) {
      assertTrue(System.nanoTime() < end, bench.storage.keys().toString());
      Thread.onSpinWait();
    }
  }
}
