package dev.felucca.engine.image;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.felucca.engine.image.TestImages.Layer;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.EngineException.Kind;
import dev.felucca.kernel.image.ImageDetails;
import dev.felucca.kernel.image.PullRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Pulls and removals of images that share layers, all at once. */
@Timeout(300)
class PullAndRemoveTest extends OnBench {
  private static final int THREADS = 4;
  private static final int PULLS = 20;

  @Test
  void aPulledImageIsWholeWhateverIsRemovedMeanwhile() throws Exception {
    List<Layer> layers = TestImages.layers(6);
    List<String> names = new ArrayList<>();
    for (int count = 1; count <= layers.size(); count++) {
      TestImages.put(bench.registry, "app" + count, "latest", layers.subList(0, count));
      names.add("app" + count + ":latest");
    }
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        Random random = new Random(i);
        all.add(
            threads.submit(
                () -> {
                  pullAndRemove(bench, names, random);
                  return true;
                }));
      }
      for (Future<?> one : all) {
        one.get();
      }
    } finally {
      threads.shutdownNow();
    }
    checkAll(bench);
    for (ImageDetails image : bench.images.list(true, Map.of())) {
      bench.images.remove(image.id().toString(), true, true);
    }
    assertEquals(List.of(), bench.storage.keys());
    assertEquals(List.of(), bench.files("content"));
  }

  private static void pullAndRemove(Bench bench, List<String> names, Random random)
      throws IOException {
    for (int pulls = 0; pulls < PULLS; ) {
      String name = names.get(random.nextInt(names.size()));
      if (random.nextBoolean()) {
        bench.images.pull(new PullRequest(bench.reference(name), null, null), step -> {});
        pulls++;
      } else {
        try {
          bench.images.remove(bench.reference(name).familiar(), random.nextBoolean(), true);
        } catch (EngineException e) {
          if (e.kind() != Kind.NOT_FOUND) {
            throw e;
          }
        }
      }
    }
  }

  private static void checkAll(Bench bench) throws IOException {
    int before = bench.storage.applied.get();
    FakeStorage fresh = new FakeStorage("fresh", false);
    bench.drivers.bindSnapshotter(fresh);
    bench.drivers.bindDiffer(fresh);
    for (ImageDetails image : bench.images.list(true, Map.of())) {
      bench.images.hold(image, "fake").close();
      bench.images.hold(image, "fresh").close();
    }
    assertEquals(before, bench.storage.applied.get(), "every snapshot was there");
  }
}
