package dev.felucca.engine.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.engine.image.TestImages.Layer;
import dev.felucca.engine.image.TestImages.Made;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.image.ImageDetails;
import dev.felucca.kernel.image.ImageReference;
import dev.felucca.kernel.image.ImageRegistries.Pushed;
import dev.felucca.kernel.image.ImportRequest;
import dev.felucca.kernel.image.PullRequest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

class PushTest extends OnBench {
  @Test
  void whatWasPulledGoesBackAsItCame() throws IOException {
    List<Layer> layers = TestImages.layers(3);
    Made made = TestImages.put(bench.registry, "app", "v1", layers);
    bench.pull("app:v1");
    bench.images.tag(bench.reference("app:v1").familiar(), bench.reference("copy:v2"));
    bench.steps.clear();
    List<Pushed> pushed = bench.registries.push(bench.reference("copy:v2"), null, bench.steps::add);
    assertEquals(made.manifest(), pushed.get(0).manifest().digest());
    assertEquals(
        "The push refers to repository [" + bench.reference("copy").name() + "]",
        bench.steps.get(0).status());
    assertTrue(
        bench
            .steps
            .get(bench.steps.size() - 1)
            .status()
            .startsWith("v2: digest: " + made.manifest()));
    assertEquals(
        List.of("Preparing", "Layer already exists"),
        bench.statuses(layers.get(0).diffId().hex().substring(0, 12)));
    assertTrue(
        bench
            .images
            .inspect(bench.reference("copy:v2").familiar())
            .repoDigests()
            .contains(bench.reference("copy").familiar() + "@" + made.manifest()));
  }

  @Test
  void whatWasMadeHereIsPackedOnceAndPullsAgain() throws IOException {
    byte[] tar = new TestTar().file("big", TestImages.bytes(3, 3_000_000)).bytes();
    ImageReference name = bench.reference("made:one");
    ImageDetails image =
        bench.archives.importTar(
            new ImportRequest(name, "-", null, List.of(), null),
            new ByteArrayInputStream(tar),
            step -> {});
    Pushed first = bench.registries.push(name, null, step -> {}).get(0);
    assertEquals(first, bench.registries.push(name, null, step -> {}).get(0));
    bench.images.remove(image.id().toString(), true, true);
    assertEquals(List.of(), bench.files("content/blobs"));
    ImageDetails again = bench.images.pull(new PullRequest(name, null, null), step -> {});
    assertEquals(image.id(), again.id());
    assertEquals(image.diffIds(), again.diffIds());
    assertTrue(bench.upkeep.verify().whole(), bench.upkeep.verify().toString());
  }

  @Test
  void allTagsArePushedAndPulled() throws IOException {
    for (String tag : List.of("a", "b", "c")) {
      TestImages.put(bench.registry, "app", tag, TestImages.layers(1 + tag.charAt(0) % 3));
    }
    List<ImageDetails> pulled =
        bench.registries.pullAllTags(
            new PullRequest(bench.reference("app"), null, null), step -> {});
    assertEquals(3, pulled.size());
    assertEquals(
        List.of("a", "b", "c"),
        bench.registries.push(bench.reference("app"), null, step -> {}).stream()
            .map(Pushed::tag)
            .toList());
  }

  @Test
  void aTagThatIsNotHereCannotBePushed() {
    EngineException e =
        assertThrows(
            EngineException.class,
            () -> bench.registries.push(bench.reference("app:v1"), null, step -> {}));
    assertEquals(
        "An image does not exist locally with the tag: " + bench.reference("app").familiarName(),
        e.getMessage());
  }

  @Test
  void gzipOfAllProcessorsIsTheSameEveryTime() throws IOException {
    byte[] plain = TestImages.bytes(9, 9_000_000);
    // Members that shrink and members that do not, more of them than are worked on at once.
    Arrays.fill(plain, 1_500_000, 3_500_000, (byte) 'x');
    Arrays.fill(plain, 6_000_000, 8_000_000, (byte) 'y');
    byte[] packed = gzip(plain);
    assertArrayEquals(packed, gzip(plain));
    assertTrue(packed.length < 6_000_000, "four megabytes shrink");
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(packed))) {
      assertArrayEquals(plain, in.readAllBytes());
    }
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(gzip(new byte[0])))) {
      assertEquals(0, in.readAllBytes().length);
    }
  }

  @Test
  void searchAnswersWhatTheFiltersLetThrough() throws IOException {
    TestImages.put(bench.registry, "team/app", "v1", TestImages.layers(1));
    assertEquals(
        List.of(bench.registry.address() + "/team/app"),
        bench.registries.search(bench.registry.address() + "/app", 0, Map.of(), null).stream()
            .map(result -> result.name())
            .toList());
    assertEquals(
        List.of(),
        bench.registries.search(
            bench.registry.address() + "/app", 0, Map.of("stars", List.of("1")), null));
    assertThrows(EngineException.class, () -> bench.registries.search("x", 101, Map.of(), null));
  }

  private static byte[] gzip(byte[] plain) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ParallelGzip gzip = new ParallelGzip(out)) {
      gzip.write(plain);
    }
    return out.toByteArray();
  }
}
