package dev.felucca.engine.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.engine.image.TestImages.Layer;
import dev.felucca.kernel.Digest;
import dev.felucca.kernel.image.ImageDetails;
import dev.felucca.kernel.image.ImageUpkeep.Verification;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills an engine while it pulls, loads, imports, prunes and removes, and looks at what it left.
 */
@Timeout(900)
class CrashTest {
  /** {@code -Dcrash.rounds=200} for a long run. */
  private static final int KILLS = Integer.getInteger("crash.rounds", 8);

  private static final int IMAGES = 6;

  @TempDir Path root;

  @Test
  void aKilledEngineLeavesWholeImagesOrNone() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    int seen = 0;
    try (Bench bench = new Bench(root, true)) {
      List<Layer> layers = TestImages.layers(IMAGES);
      for (int count = 1; count <= IMAGES; count++) {
        TestImages.put(bench.registry, "app" + count, "latest", layers.subList(0, count));
      }
      Set<Digest> pulled = layers.stream().map(Layer::diffId).collect(Collectors.toSet());
      bench.pull("app3");
      try (OutputStream out = Files.newOutputStream(root.resolve("archive.tar"))) {
        bench.archives.save(List.of(bench.reference("app3").familiar()), null, out);
      }
      for (int kill = 0; kill < KILLS; kill++) {
        bench.stop();
        killOne(bench.registry.address(), random);
        bench.restart();
        assertTrue(
            bench.events.stream().noneMatch(event -> event.action().equals("state_damaged")),
            "seed " + seed);
        Verification found = bench.upkeep.verify();
        assertTrue(found.whole(), "seed " + seed + ": " + found.problems());
        for (ImageDetails image : bench.images.list(true, Map.of())) {
          seen++;
          // One that was pulled or loaded never was without its tag. What was imported is, once
          // another took its name.
          assertTrue(
              !image.repoTags().isEmpty() || !pulled.containsAll(image.diffIds()),
              () -> "seed " + seed + ": " + image);
          // Every blob is here and is what it should be: all layers unpack once more.
          FakeStorage fresh = new FakeStorage("fresh" + kill + "-" + seen, true);
          bench.drivers.bindSnapshotter(fresh);
          bench.drivers.bindDiffer(fresh);
          bench.images.hold(image, fresh.name()).close();
          assertEquals(image.diffIds().size(), fresh.applied.get(), "seed " + seed);
        }
      }
      assertTrue(seen > 0, "no image was there after any kill");
      for (ImageDetails image : bench.images.list(true, Map.of())) {
        bench.images.remove(image.id().toString(), true, true);
      }
      bench.restart();
      awaitNoBlobs(bench);
    }
  }

  private void killOne(String registry, Random random) throws Exception {
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                CrashChild.class.getName(),
                root.toString(),
                registry,
                String.valueOf(random.nextInt()),
                String.valueOf(IMAGES),
                root.resolve("archive.tar").toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader out = child.inputReader()) {
      assertEquals("ready", out.readLine());
      assertTrue(!child.waitFor(200 + random.nextInt(900), TimeUnit.MILLISECONDS), "it failed");
    } finally {
      child.destroyForcibly().waitFor();
    }
  }

  private static void awaitNoBlobs(Bench bench) throws IOException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!bench.files("content/blobs").isEmpty()) {
      assertTrue(System.nanoTime() < end, bench.files("content/blobs").toString());
      Thread.onSpinWait();
    }
  }
}
