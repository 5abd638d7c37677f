package dev.felucca.engine.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.engine.image.TestImages.Layer;
import dev.felucca.engine.image.TestImages.Made;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.image.ImageDetails;
import dev.felucca.kernel.image.PullRequest;
import dev.felucca.tck.transport.Faults;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PullTest extends OnBench {
  @Test
  void aPulledImageIsWholeWhateverItsLayersArePackedWith() throws IOException {
    Made made = TestImages.put(bench.registry, "team/app", "v1", TestImages.layers(8));
    ImageDetails image = bench.pull("team/app:v1");
    assertPulled(made, image);
    assertEquals(List.of(bench.reference("team/app:v1").familiar()), image.repoTags());
    assertEquals(
        List.of(bench.registry.address() + "/team/app@" + made.manifest()), image.repoDigests());
    assertEquals(List.of("A=b"), image.config().env());
    assertEquals(made.layers().stream().mapToLong(l -> l.plain().length).sum(), image.size());
    assertEquals("pull", bench.events.get(bench.events.size() - 1).action());
  }

  @Test
  void storageThatCannotRebaseIsFilledInOrder() throws IOException {
    try (Bench other = new Bench(root.resolve("other"), false)) {
      Made made = TestImages.put(other.registry, "app", "latest", TestImages.layers(6));
      other.pull("app");
      assertEquals(made.chain(), other.storage.keys());
    }
  }

  @Test
  void progressIsToldInDockersWords() throws IOException {
    Made made = TestImages.put(bench.registry, "library/app", "v1", TestImages.layers(5));
    bench.pull("library/app:v1");
    assertEquals(List.of("Pulling from library/app"), bench.statuses("v1"));
    for (Layer layer : made.layers()) {
      List<String> told = bench.statuses(layer.digest().hex().substring(0, 12));
      told.removeIf(s -> s.equals("Waiting") || s.equals("Extracting"));
      assertEquals(
          List.of(
              "Pulling fs layer",
              "Downloading",
              "Verifying Checksum",
              "Download complete",
              "Pull complete"),
          told);
    }
    assertEquals(
        List.of(
            "Digest: " + made.manifest(),
            "Status: Downloaded newer image for " + bench.reference("library/app:v1").familiar()),
        bench.statuses(null));
    bench.steps.clear();
    bench.pull("library/app:v1");
    assertEquals(List.of(), bench.statuses(made.layers().get(0).digest().hex().substring(0, 12)));
    assertEquals(
        "Status: Image is up to date for " + bench.reference("library/app:v1").familiar(),
        bench.statuses(null).get(1));
  }

  @Test
  void anImageIsPulledByItsDigestAndHasNoTagThen() throws IOException {
    Made made = TestImages.put(bench.registry, "app", "v1", TestImages.layers(2));
    ImageDetails image = bench.pull("app:v1@" + made.manifest());
    assertEquals(List.of(), image.repoTags());
    assertEquals(1, image.repoDigests().size());
    assertEquals(
        made.id(), bench.images.inspect(bench.registry.address() + "/app@" + made.manifest()).id());
  }

  @Test
  void aFlippedByteIsOneClearErrorAndLeavesNothing() throws IOException {
    byte[] content = TestImages.bytes(3, 300_000);
    for (Layer layer :
        List.of(TestImages.gzip(content), TestImages.zstd(content), TestImages.plain(content))) {
      Made made = TestImages.put(bench.registry, "app", "latest", List.of(layer));
      bench.registry.fault(layer.digest(), Faults.flips(150_000));
      Exception e = assertThrows(EngineException.class, () -> bench.pull("app"));
      assertTrue(
          e.getMessage()
              .startsWith("digest is wrong: expected " + layer.digest() + ", got sha256:"),
          e.getMessage());
      assertNothingHalfMade(made);
      assertEquals(List.of(), bench.files("content/ingest"));
    }
  }

  @Test
  void aWrongLengthIsOneClearError() throws IOException {
    Made made = TestImages.put(bench.registry, "app", "latest", TestImages.layers(3));
    Layer layer = made.layers().get(1);
    for (int size : new int[] {layer.packed().length - 7, layer.packed().length + 7}) {
      bench.registry.fault(layer.digest(), Faults.hasLength(size));
      Exception e = assertThrows(EngineException.class, () -> bench.pull("app"));
      assertTrue(e.getMessage().contains("expected " + layer.packed().length), e.getMessage());
      assertTrue(e.getMessage().contains("" + size), e.getMessage());
      assertNothingHalfMade(made);
    }
  }

  @Test
  void aBrokenConnectionIsResumedWhereItBroke() throws IOException {
    // A reset may overtake every byte that was sent: then there is nothing to resume, and another
    // try shows more.
    for (int attempt = 1; ; attempt++) {
      Made made =
          TestImages.put(bench.registry, "app" + attempt, "latest", TestImages.layers(attempt + 1));
      Layer layer = made.layers().get(attempt);
      bench.registry.fault(layer.digest(), Faults.breaksOff(40_000, 1));
      assertPulled(made, bench.pull("app" + attempt));
      String name = "/app" + attempt + "/";
      List<String> ranges =
          bench.registry.seen().stream()
              .filter(s -> s.path().contains(name) && s.path().endsWith(layer.digest().toString()))
              .map(s -> String.valueOf(s.header("Range")))
              .toList();
      assertEquals(2, ranges.size());
      assertEquals("null", ranges.get(0));
      if (ranges.get(1).matches("bytes=[1-9]\\d*-")) {
        return;
      }
      assertTrue(attempt < 5, "never resumed: " + ranges);
    }
  }

  @Test
  void aConnectionThatStaysSilentEndsInOneError() throws IOException {
    Made made = TestImages.put(bench.registry, "app", "latest", TestImages.layers(1));
    bench.registry.fault(made.layers().get(0).digest(), Faults.falls(0));
    IOException e = assertThrows(IOException.class, () -> bench.pull("app"));
    assertTrue(e.getMessage().contains("no data for 1 seconds"), e.getMessage());
    assertNothingHalfMade(made);
  }

  @Test
  void aDownloadGoesOnAfterTheEngineEnded() throws Exception {
    Made made = TestImages.put(bench.registry, "app", "latest", TestImages.layers(1));
    Layer layer = made.layers().get(0);
    bench.registry.fault(layer.digest(), Faults.falls(60_000));
    interruptOnce(() -> downloaded() > 0);
    long had = downloaded();
    bench.restart();
    bench.registry.fault(layer.digest(), (exchange, blob, r) -> false);
    assertPulled(made, bench.pull("app"));
    List<String> ranges =
        bench.registry.seen().stream()
            .filter(s -> s.path().endsWith(layer.digest().toString()))
            .map(s -> String.valueOf(s.header("Range")))
            .toList();
    assertEquals("bytes=" + had + "-", ranges.get(ranges.size() - 1), ranges.toString());
  }

  @Test
  void anInterruptCancelsAndLeavesNothingVisible() throws Exception {
    Made made = TestImages.put(bench.registry, "app", "latest", TestImages.layers(4));
    bench.registry.fault(made.layers().get(2).digest(), Faults.falls(60_000));
    interruptOnce(() -> bench.storage.applied.get() == 3);
    assertNothingHalfMade(made);
  }

  @Test
  void twoPullsFetchASharedLayerOnce() throws Exception {
    List<Layer> base = TestImages.layers(3);
    List<Layer> more = new ArrayList<>(base);
    more.add(TestImages.gzip(TestImages.bytes(99, 1000)));
    Made one = TestImages.put(bench.registry, "one", "latest", base);
    Made two = TestImages.put(bench.registry, "two", "latest", more);
    CountDownLatch both = new CountDownLatch(1);
    bench.registry.fault(
        base.get(0).digest(),
        Faults.waits(
            () -> {
              try {
                both.await(20, TimeUnit.SECONDS);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            }));
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      Callable<ImageDetails> first = () -> bench.pull("one");
      Callable<ImageDetails> second = () -> bench.pull("two");
      Future<ImageDetails> a = threads.submit(first);
      Future<ImageDetails> b = threads.submit(second);
      await(() -> bench.registry.gets(two.layers().get(3).digest().toString()) == 1);
      both.countDown();
      ImageDetails oneImage = a.get();
      ImageDetails twoImage = b.get();
      assertPulled(one, oneImage);
      assertPulled(two, twoImage);
    } finally {
      both.countDown();
      threads.shutdownNow();
    }
    for (Layer layer : base) {
      assertEquals(1, bench.registry.gets(layer.digest().toString()));
    }
    assertEquals(4, bench.storage.applied.get());
  }

  @Test
  void aPullGoesOnWhenAnotherOfTheSameImageIsCancelled() throws Exception {
    Made made = TestImages.put(bench.registry, "app", "latest", TestImages.layers(2));
    CountDownLatch go = new CountDownLatch(1);
    bench.registry.fault(
        made.layers().get(0).digest(),
        Faults.waits(
            () -> {
              try {
                go.await(20, TimeUnit.SECONDS);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            }));
    Thread first = new Thread(() -> assertThrows(IOException.class, () -> bench.pull("app")));
    first.start();
    await(() -> bench.registry.gets(made.layers().get(0).digest().toString()) == 1);
    ExecutorService threads = Executors.newSingleThreadExecutor();
    try {
      Callable<ImageDetails> second = () -> bench.pull("app");
      int before = bench.steps.size();
      Future<ImageDetails> other = threads.submit(second);
      await(
          () ->
              bench.steps.stream()
                      .skip(before)
                      .filter(s -> s.status().equals("Pulling fs layer"))
                      .count()
                  == 2);
      first.interrupt();
      first.join(20_000);
      assertFalse(first.isAlive());
      go.countDown();
      assertPulled(made, other.get());
    } finally {
      go.countDown();
      threads.shutdownNow();
    }
  }

  @Test
  void aFullDiskInStorageIsToldAndLeavesNothing() throws IOException {
    Made made = TestImages.put(bench.registry, "app", "latest", TestImages.layers(3));
    bench.storage.broken = new IOException("write /x: No space left on device");
    IOException e = assertThrows(IOException.class, () -> bench.pull("app"));
    assertEquals("write /x: No space left on device", e.getMessage());
    assertNothingHalfMade(made);
  }

  @Test
  void aLayerThatIsNotItsDiffIdIsRefused() throws IOException {
    List<Layer> layers = TestImages.layers(2);
    List<Layer> claimed = List.of(layers.get(0), TestImages.plain(TestImages.bytes(77, 10)));
    String config = TestImages.config("amd64", "2026-01-01T00:00:00Z", claimed);
    Made made = TestImages.put(bench.registry, "app", "latest", config, layers);
    Exception e = assertThrows(EngineException.class, () -> bench.pull("app"));
    assertTrue(e.getMessage().contains("expected diff id " + claimed.get(1).diffId()));
    assertNothingHalfMade(made);
  }

  @Test
  void aConfigurationWithOtherLayersIsRefused() throws IOException {
    List<Layer> layers = TestImages.layers(3);
    String config = TestImages.config("amd64", "2026-01-01T00:00:00Z", layers.subList(0, 2));
    TestImages.put(bench.registry, "app", "latest", config, layers);
    Exception e = assertThrows(EngineException.class, () -> bench.pull("app"));
    assertTrue(e.getMessage().contains("its manifest has 3 layers, its configuration 2"));
  }

  @Test
  void anotherDriverUnpacksWhatIsHereWithoutTheRegistry() throws Exception {
    Made made = TestImages.put(bench.registry, "app", "latest", TestImages.layers(4));
    ImageDetails image = bench.pull("app");
    FakeStorage other = new FakeStorage("other", false);
    bench.drivers.bindSnapshotter(other);
    bench.drivers.bindDiffer(other);
    bench.registry.close();
    try (ImageSnapshots.Top top = bench.images.hold(image, "other")) {
      assertEquals(made.chain().get(3), top.key());
    }
    assertEquals(made.chain(), other.keys());
    try (ImageSnapshots.Top top = bench.images.hold(image, "other")) {
      assertEquals(made.chain().get(3), top.key());
    }
    assertEquals(4, other.applied.get());
    EngineException e =
        assertThrows(EngineException.class, () -> bench.images.hold(image, "absent"));
    assertEquals(EngineException.Kind.UNAVAILABLE, e.kind());
  }

  private interface Condition {
    boolean holds() throws IOException;
  }

  private static void await(Condition condition) throws Exception {
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (!condition.holds()) {
      assertTrue(System.nanoTime() < end, "the condition did not come true in 20 s");
      Thread.onSpinWait();
    }
  }

  private void interruptOnce(Condition condition) throws Exception {
    List<Throwable> thrown = new ArrayList<>();
    Thread puller =
        new Thread(
            () -> {
              try {
                bench.images.pull(
                    new PullRequest(bench.reference("app:latest"), null, null), step -> {});
              } catch (IOException | RuntimeException e) {
                thrown.add(e);
              }
            },
            "puller");
    puller.start();
    await(condition);
    puller.interrupt();
    puller.join(20_000);
    assertFalse(puller.isAlive());
    assertEquals(1, thrown.size());
    assertEquals(InterruptedIOException.class, thrown.get(0).getClass());
  }

  private long downloaded() throws IOException {
    Path ingests = bench.root().resolve("content/ingest");
    try (var files = Files.list(ingests)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith("sha256:"))
          .mapToLong(file -> file.toFile().length())
          .sum();
    }
  }

  private void assertPulled(Made made, ImageDetails image) {
    assertEquals(made.id(), image.id());
    List<String> chain = made.chain();
    for (int i = 0; i < chain.size(); i++) {
      assertEquals(made.layers().get(i).diffId(), bench.storage.content(chain.get(i)));
    }
    assertTrue(bench.storage.keys().stream().noneMatch(key -> key.startsWith("unpack-")));
    assertEquals(made.id(), bench.images.inspect(image.id().hex()).id());
  }

  private void assertNothingHalfMade(Made made) throws IOException {
    assertEquals(List.of(), bench.images.list(true, Map.of()));
    assertEquals(List.of(), bench.files("images"));
    assertEquals(List.of(), bench.files("references"));
    List<String> keys = bench.storage.keys();
    assertTrue(made.chain().containsAll(keys), keys.toString());
    for (String key : keys) {
      int layer = made.chain().indexOf(key);
      assertEquals(made.layers().get(layer).diffId(), bench.storage.content(key));
    }
  }
}
