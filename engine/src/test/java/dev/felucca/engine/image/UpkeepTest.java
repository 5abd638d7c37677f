package dev.felucca.engine.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.engine.image.TestImages.Layer;
import dev.felucca.engine.image.TestImages.Made;
import dev.felucca.kernel.image.ImageReference;
import dev.felucca.kernel.image.ImageUpkeep.ImageUsage;
import dev.felucca.kernel.image.ImageUpkeep.Pruned;
import dev.felucca.kernel.image.ImageUpkeep.Verification;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class UpkeepTest extends OnBench {
  private Made small;
  private Made large;

  @BeforeEach
  void open() throws IOException {
    List<Layer> layers = TestImages.layers(3);
    small = TestImages.put(bench.registry, "small", "v1", layers.subList(0, 2));
    large = TestImages.put(bench.registry, "large", "v1", layers);
    bench.pull("small:v1");
    bench.pull("large:v1");
  }

  @Test
  void sharedLayersAreCountedOnceInAll() {
    var usage = bench.upkeep.usage();
    assertEquals(100_000 + 100_001 + 100_002, usage.layers());
    for (ImageUsage one : usage.images()) {
      assertEquals(200_001, one.shared());
      assertEquals(0, one.containers());
    }
    assertEquals(List.of(100_000L, 100_001L), bench.upkeep.layerSizes(small.id().toString()));
  }

  @Test
  void pruneTakesWhatHasNoNameAndWithAllWhatNobodyUses() throws IOException {
    assertEquals(new Pruned(List.of(), 0), bench.upkeep.prune(Map.of()));
    bench.use.register(
        id ->
            id.equals(small.id())
                ? List.of(new ImageUsers.User("c".repeat(64), false))
                : List.of());
    Pruned pruned = bench.upkeep.prune(Map.of("dangling", List.of("false")));
    assertEquals(100_002, pruned.bytes());
    assertTrue(pruned.steps().stream().anyMatch(s -> ("" + large.id()).equals(s.deleted())));
    assertEquals(small.id(), bench.images.inspect(small.id().toString()).id());
    assertEquals(1, bench.images.list(true, Map.of()).size());
  }

  @Test
  void pruneHearsOnLabelsAndAge() throws IOException {
    Map<String, List<String>> all = Map.of("dangling", List.of("false"));
    for (Map<String, List<String>> none :
        List.of(
            Map.of("dangling", List.of("false"), "label", List.of("who=you")),
            Map.of("dangling", List.of("false"), "label!", List.of("who")),
            Map.of("dangling", List.of("false"), "until", List.of("2020-01-01")))) {
      assertEquals(List.of(), bench.upkeep.prune(none).steps());
    }
    assertFalse(bench.upkeep.prune(all).steps().isEmpty());
    assertEquals(List.of(), bench.images.list(true, Map.of()));
  }

  @Test
  void verificationFindsEveryKindOfDamage() throws IOException {
    Verification sound = bench.upkeep.verify();
    assertTrue(sound.whole(), sound.toString());
    assertEquals(2, sound.images());
    Path blobs = root.resolve("content/blobs/sha256");
    Path layer = blobs.resolve(large.layers().get(2).digest().hex());
    byte[] bytes = Files.readAllBytes(layer);
    bytes[5000] ^= 1;
    Files.write(layer, bytes);
    Files.delete(blobs.resolve(small.manifest().hex()));
    Verification found = bench.upkeep.verify();
    assertEquals(2, found.problems().size(), found.toString());
    assertTrue(found.toString().contains(large.layers().get(2).digest() + " is damaged"));
    assertTrue(found.toString().contains("manifest " + small.manifest() + " is missing"));
  }

  @Test
  void boundsRemoveTheLongestUnusedFirst() throws IOException {
    bench.images.tag(small.id().toString(), ImageReference.parse("another:name"));
    age(small, Duration.ofHours(5));
    age(large, Duration.ofHours(3));
    ImageBounds bounds = new ImageBounds(bench.core);
    bounds.keep(Duration.ZERO, 0, Duration.ZERO);
    bounds.keep(Duration.ofHours(6), 1 << 20, Duration.ZERO);
    assertEquals(2, bench.images.list(true, Map.of()).size());
    bounds.keep(Duration.ofHours(4), 0, Duration.ZERO);
    assertEquals(
        List.of(large.id()), bench.images.list(true, Map.of()).stream().map(i -> i.id()).toList());
    bounds.keep(Duration.ZERO, 1000, Duration.ofDays(1));
    assertEquals(1, bench.images.list(true, Map.of()).size(), "fresh enough to stay");
    bounds.keep(Duration.ZERO, 1000, Duration.ZERO);
    assertEquals(List.of(), bench.images.list(true, Map.of()));
  }

  private void age(Made image, Duration age) throws IOException {
    Files.setLastModifiedTime(
        root.resolve("images").resolve(image.id().hex() + ".json"),
        FileTime.from(Instant.now().minus(age)));
  }
}
