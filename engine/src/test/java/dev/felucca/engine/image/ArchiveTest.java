package dev.felucca.engine.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.github.luben.zstd.Zstd;
import dev.felucca.engine.image.TestImages.Layer;
import dev.felucca.engine.image.TestImages.Made;
import dev.felucca.kernel.Digest;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.Platform;
import dev.felucca.kernel.image.ImageDetails;
import dev.felucca.kernel.image.ImageReference;
import dev.felucca.kernel.image.ImportRequest;
import dev.felucca.kernel.image.ProgressListener.Progress;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

@Timeout(120)
class ArchiveTest {
  @TempDir Path root;
  private Bench from;
  private Bench to;
  private final List<String> told = new ArrayList<>();

  @BeforeEach
  void open() throws IOException {
    from = new Bench(root.resolve("from"), true);
    to = new Bench(root.resolve("to"), true);
  }

  @AfterEach
  void close() {
    from.close();
    to.close();
  }

  @Test
  void whatIsSavedLoadsWithNamesAndManifests() throws IOException {
    List<Layer> layers = TestImages.layers(4);
    Made one = TestImages.put(from.registry, "one", "v1", layers.subList(0, 3));
    Made two = TestImages.put(from.registry, "two", "v2", layers);
    from.pull("one:v1");
    from.pull("two:v2");
    from.images.tag(name("one:v1"), ImageReference.parse("other:x"));
    byte[] tar = save(name("one:v1"), "other:x", name("two"));
    List<ImageDetails> loaded = load(tar);
    assertEquals(List.of(one.id(), two.id()), loaded.stream().map(ImageDetails::id).toList());
    assertEquals(List.of(name("one:v1"), "other:x"), loaded.get(0).repoTags());
    assertEquals(
        List.of(
            "Loaded image: " + name("one:v1"),
            "Loaded image: other:x",
            "Loaded image: " + name("two:v2")),
        told);
    assertEquals(one.manifest(), to.core.images.image(one.id()).orElseThrow().manifest().digest());
    assertEquals(
        from.files("content/blobs"),
        to.files("content/blobs"),
        "each blob once, as it came from the registry");
    assertEquals(List.of("load", "load"), to.events.stream().map(e -> e.action()).toList());
    load(tar);
    assertEquals(from.files("content/blobs"), to.files("content/blobs"));
    assertEquals(save(to, name("one:v1")).length, save(name("one:v1")).length);
  }

  @Test
  void theSameImagesAreTheSameBytes() throws IOException {
    TestImages.put(from.registry, "one", "v1", TestImages.layers(3));
    from.pull("one:v1");
    assertEquals(Digest.sha256(save(name("one:v1"))), Digest.sha256(save(name("one:v1"))));
  }

  @Test
  void aMissingImageIsToldBeforeAnythingIsWritten() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    EngineException e =
        assertThrows(
            EngineException.class, () -> from.archives.save(List.of("nothing"), null, out));
    assertEquals("No such image: nothing:latest", e.getMessage());
    assertEquals(0, out.size());
  }

  @Test
  void anIdIsSavedWithoutNames() throws IOException {
    Made one = TestImages.put(from.registry, "one", "v1", TestImages.layers(2));
    from.pull("one:v1");
    load(save(one.id().hex().substring(0, 12)));
    assertEquals(List.of("Loaded image ID: " + one.id()), told);
    assertEquals(List.of(), to.images.inspect(one.id().toString()).repoTags());
  }

  @Test
  void archivesOfOldDockersLoad() throws IOException {
    List<Layer> layers = TestImages.layers(3);
    String config = TestImages.config("amd64", "2020-01-01T00:00:00Z", layers);
    String hex = Digest.sha256(config.getBytes(UTF_8)).hex();
    byte[] tar =
        new TestTar()
            .file("a/VERSION", "1.0".getBytes(UTF_8))
            .file("a/layer.tar", layers.get(0).plain())
            .file("b/layer.tar", layers.get(1).packed())
            .link("c/layer.tar", "../shared.tar")
            .file("shared.tar", layers.get(2).plain())
            .file(hex + ".json", config.getBytes(UTF_8))
            .file(
                "manifest.json",
                ("[{\"Config\":\""
                        + hex
                        + ".json\",\"RepoTags\":[\"old:one\",\"old:two\"],\"Layers\":"
                        + "[\"a/layer.tar\",\"b/layer.tar\",\"c/layer.tar\"]}]")
                    .getBytes(UTF_8))
            .bytes();
    ImageDetails image = load(tar).get(0);
    assertEquals(List.of("old:one", "old:two"), image.repoTags());
    assertEquals(hex, image.id().hex());
    assertEquals(4, to.files("content/blobs").size(), "VERSION is not kept");
    // What has no manifest gets one when it is saved, and is the same image behind it.
    Bench third = new Bench(root.resolve("third"), true);
    try (third) {
      third.archives.load(new ByteArrayInputStream(save(to, "old")), null, step -> {});
      assertEquals(image.id(), third.images.inspect("old:two").id());
    }
  }

  @Test
  void packedArchivesLoad() throws Exception {
    TestImages.put(from.registry, "one", "v1", TestImages.layers(2));
    from.pull("one:v1");
    byte[] tar = save(name("one:v1"));
    ByteArrayOutputStream gzip = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(gzip)) {
      out.write(tar);
    }
    ByteArrayOutputStream xz = new ByteArrayOutputStream();
    try (OutputStream out = new XZOutputStream(xz, new LZMA2Options(1))) {
      out.write(tar);
    }
    for (byte[] packed : List.of(gzip.toByteArray(), xz.toByteArray(), Zstd.compress(tar))) {
      assertEquals(1, load(packed).size());
      to.images.remove(name("one:v1"), true, true);
    }
  }

  @Test
  void bzip2Unpacks() throws Exception {
    assumeTrue(
        Files.isExecutable(Path.of("/usr/bin/bzip2")) || Files.isExecutable(Path.of("/bin/bzip2")),
        "needs bzip2");
    byte[] noise = TestImages.bytes(1, 2_000_000);
    byte[] runs = new byte[3_000_000];
    for (int i = 0; i < runs.length; i++) {
      runs[i] = (byte) (i % 7919 < 300 ? 'a' : i / 260 % 5);
    }
    byte[] mixed = new byte[1_000_001];
    System.arraycopy(noise, 0, mixed, 500_000, 1000);
    for (byte[] plain :
        List.of(noise, runs, mixed, new byte[] {1}, "aaaa".getBytes(UTF_8), new byte[0])) {
      Path file = root.resolve("plain");
      Files.write(file, plain);
      Process bzip2 =
          new ProcessBuilder("bzip2", "-c", file.toString())
              .redirectOutput(root.resolve("packed").toFile())
              .start();
      assertTrue(bzip2.waitFor(60, TimeUnit.SECONDS));
      byte[] packed = Files.readAllBytes(root.resolve("packed"));
      byte[] twice = new byte[packed.length * 2];
      System.arraycopy(packed, 0, twice, 0, packed.length);
      System.arraycopy(packed, 0, twice, packed.length, packed.length);
      try (var in = Decompression.open(new ByteArrayInputStream(packed))) {
        Assertions.assertArrayEquals(plain, in.readAllBytes());
      }
      try (var in = Decompression.open(new ByteArrayInputStream(twice))) {
        assertEquals(plain.length * 2, in.readAllBytes().length);
      }
    }
  }

  @Test
  void aTruncatedArchiveIsRefusedAndLeavesNothing() throws IOException {
    TestImages.put(from.registry, "one", "v1", TestImages.layers(2));
    from.pull("one:v1");
    byte[] tar = save(name("one:v1"));
    for (int length = 100; length < tar.length - 1024; length += tar.length / 40) {
      byte[] part = Arrays.copyOf(tar, length);
      EngineException e = assertThrows(EngineException.class, () -> load(part), "at " + length);
      assertEquals(EngineException.Kind.INVALID, e.kind(), e.getMessage());
      assertEquals(List.of(), to.files("content"));
    }
    assertEquals(List.of(), to.images.list(true, Map.of()));
  }

  @Test
  void damagedArchivesAreRefusedAndLeaveNothing() throws IOException {
    TestImages.put(from.registry, "one", "v1", TestImages.layers(2));
    from.pull("one:v1");
    byte[] tar = save(name("one:v1"));
    Random random = new Random(4711);
    int refused = 0;
    for (int round = 0; round < 300; round++) {
      byte[] damaged = tar.clone();
      for (int n = 0; n < 3; n++) {
        // Headers and JSON are at the beginning; layers are caught by their digests anyway.
        int limit = round % 2 == 0 ? 8192 : damaged.length;
        damaged[random.nextInt(limit)] = (byte) random.nextInt(256);
      }
      try {
        load(damaged);
        for (ImageDetails image : to.images.list(true, Map.of())) {
          to.images.remove(image.id().toString(), true, true);
        }
      } catch (EngineException e) {
        assertTrue(
            e.kind() == EngineException.Kind.INVALID || e.kind() == EngineException.Kind.NOT_FOUND,
            e.toString());
        refused++;
      }
      assertEquals(List.of(), to.files("content"), "round " + round);
    }
    assertTrue(refused > 100, "refused " + refused);
  }

  @Test
  void namesThatClimbOutAreNoNames() throws IOException {
    byte[] tar =
        new TestTar()
            .file("../../etc/passwd", "x".getBytes(UTF_8))
            .file(
                "manifest.json",
                "[{\"Config\":\"../../etc/passwd\",\"Layers\":[]}]".getBytes(UTF_8))
            .bytes();
    EngineException e = assertThrows(EngineException.class, () -> load(tar));
    assertEquals("archive has no file ../../etc/passwd", e.getMessage());
  }

  @Test
  void importTakesEveryPackingAndItsChanges() throws IOException {
    byte[] tar = new TestTar().file("etc/motd", "hello".getBytes(UTF_8)).bytes();
    ImageDetails image =
        to.archives.importTar(
            new ImportRequest(
                ImageReference.parse("made:here"),
                "-",
                null,
                List.of(
                    "CMD [\"a\", \"b\"]",
                    "ENV A=1 B=\"two words\"",
                    "ENV C=0:$A:${B}:'$A':\\$A D=${NONE:-none}${A:+some}$",
                    "EXPOSE 80 53/udp",
                    "LABEL who=me",
                    "WORKDIR /srv",
                    "WORKDIR sub",
                    "HEALTHCHECK --interval=5s --retries=3 CMD true",
                    "VOLUME /data",
                    "USER 1:2"),
                null),
            new ByteArrayInputStream(Zstd.compress(tar)),
            step -> {});
    assertEquals(List.of("made:here"), image.repoTags());
    assertEquals("Imported from -", image.comment());
    assertEquals(List.of("a", "b"), image.config().cmd());
    assertEquals(
        List.of("A=1", "B=two words", "C=0:1:two words:$A:$A", "D=nonesome$"),
        image.config().env());
    assertEquals(Set.of("80/tcp", "53/udp"), image.config().exposedPorts());
    assertEquals("/srv/sub", image.config().workingDir());
    assertEquals(List.of("CMD-SHELL", "true"), image.config().healthcheck().test());
    assertEquals(5_000_000_000L, image.config().healthcheck().interval());
    assertEquals(List.of(Digest.sha256(tar)), image.diffIds());
    assertEquals("Imported from -", image.history().get(0).comment());
    EngineException e =
        assertThrows(
            EngineException.class,
            () ->
                to.archives.importTar(
                    new ImportRequest(null, "-", null, List.of("RUN x"), null),
                    new ByteArrayInputStream(tar),
                    step -> {}));
    assertEquals("RUN is not a valid change command", e.getMessage());
  }

  @Test
  void importIsForLinuxOnly() {
    EngineException e =
        assertThrows(
            EngineException.class,
            () ->
                to.archives.importTar(
                    new ImportRequest(null, "-", null, List.of(), Platform.parse("plan9/amd64")),
                    new ByteArrayInputStream(new byte[1024]),
                    step -> {}));
    assertEquals("operating system is not supported", e.getMessage());
  }

  @Test
  void anImageMayHaveNoLayers() throws IOException {
    byte[] config =
        "{\"os\":\"linux\",\"architecture\":\"amd64\",\"config\":{\"Labels\":{\"a\":\"b\"}},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":null}}"
            .getBytes(UTF_8);
    ImageDetails image =
        load(new TestTar()
                .file("c.json", config)
                .file(
                    "manifest.json",
                    "[{\"Config\":\"c.json\",\"RepoTags\":[\"none:at-all\"],\"Layers\":null}]"
                        .getBytes(UTF_8))
                .bytes())
            .get(0);
    assertEquals(List.of("none:at-all"), image.repoTags());
    assertEquals(List.of(), image.diffIds());
    assertEquals(Map.of("a", "b"), image.config().labels());
    assertEquals(0, image.size());
    assertEquals(image.id(), load(save(to, "none:at-all")).get(0).id());
  }

  private String name(String rest) {
    return from.reference(rest).familiar();
  }

  private byte[] save(String... names) throws IOException {
    return save(from, names);
  }

  private static byte[] save(Bench bench, String... names) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    bench.archives.save(List.of(names), null, out);
    return out.toByteArray();
  }

  private List<ImageDetails> load(byte[] tar) throws IOException {
    return to.archives.load(new ByteArrayInputStream(tar), null, this::tell);
  }

  private void tell(Progress step) {
    if (step.id() == null) {
      told.add(step.status());
    }
  }
}
