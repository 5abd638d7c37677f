package dev.felucca.engine.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.engine.image.TestImages.Layer;
import dev.felucca.engine.image.TestImages.Made;
import dev.felucca.kernel.Digest;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.image.Descriptor;
import dev.felucca.kernel.image.ImageReference;
import dev.felucca.kernel.image.ImportRequest;
import dev.felucca.tck.transport.Faults;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Images made to harm whoever reads what describes them. Each would be an image, or refused in
 * other words, but for the one thing that its test is about. Of layers see the drivers' tests.
 */
class HostileImagesTest extends OnBench {
  private static final int LAYER_BYTES = 1 << 20;
  private static final String CREATED = "2026-01-01T00:00:00Z";

  @Override
  Bench bench(Path at) throws IOException {
    return new Bench(at, true, LAYER_BYTES);
  }

  @Test
  void aManifestOfDeepNestingIsRefused() throws IOException {
    String deep =
        manifest().replaceFirst("\\{", "{\"x\":" + "[".repeat(200) + "]".repeat(200) + ",");
    served(TestImages.MANIFEST, deep);
    assertEquals("manifest of " + name() + " is no JSON", refused());
  }

  @Test
  void aManifestOfVeryManyLayersIsRefused() throws IOException {
    String layer =
        TestImages.descriptor(
            "application/vnd.oci.image.layer.v1.tar", Digest.sha256(new byte[1]), 1);
    served(
        TestImages.MANIFEST,
        manifest().replace("\"layers\":[", "\"layers\":[" + (layer + ",").repeat(5000)));
    assertEquals("manifest of " + name() + " is damaged: no list, or too long", refused());
  }

  @Test
  void moreLayersThanCanBeMountedAreRefused() throws IOException {
    put(Collections.nCopies(128, TestImages.plain(TestImages.bytes(1, 100))));
    assertEquals("max depth exceeded: the image has more than 127 layers", refused());
    put(Collections.nCopies(127, TestImages.plain(TestImages.bytes(1, 100))));
    bench.pull("app");
  }

  @Test
  void negativeSizesAreRefused() throws IOException {
    served(TestImages.MANIFEST, manifest().replaceFirst("\"size\":\\d+", "\"size\":-5"));
    assertEquals(
        "manifest of " + name() + " is damaged: a descriptor lacks its size or digest", refused());
  }

  @Test
  void indexesWithinIndexesEnd() throws IOException {
    String at = manifest();
    Digest digest = bench.registry.manifest("app", null, TestImages.MANIFEST, at);
    String type = TestImages.MANIFEST;
    for (int depth = 0; depth < 5; depth++) {
      at = TestImages.index(TestImages.descriptor(type, digest, at.length()));
      type = TestImages.INDEX;
      digest = bench.registry.manifest("app", "latest", type, at);
    }
    assertEquals(name() + " has indexes within indexes without end", refused());
  }

  @Test
  void aConfigurationThatClaimsToBeLargeIsNotAskedFor() throws IOException {
    served(TestImages.MANIFEST, manifest().replaceFirst("\"size\":\\d+", "\"size\":9000000"));
    assertEquals("configuration of " + name() + " is larger than 8 MiB", refused());
    assertEquals(0, bench.registry.gets("/blobs/"));
  }

  @Test
  void aConfigurationOfAnotherSizeIsRefused() throws IOException {
    String right = manifest();
    long size = Long.parseLong(right.replaceFirst("(?s).*?\"size\":(\\d+).*", "$1"));
    for (long wrong : new long[] {size - 1, size + 1}) {
      served(TestImages.MANIFEST, right.replaceFirst("\"size\":\\d+", "\"size\":" + wrong));
      String says = refused();
      assertTrue(says.contains(" is wrong: expected " + wrong + " bytes, got "), says);
    }
  }

  @Test
  void aConfigurationThatNeverComesIsGivenUp() throws IOException {
    Made made = put(TestImages.layers(1));
    bench.registry.fault(made.id(), Faults.falls(10));
    IOException e = assertThrows(IOException.class, () -> bench.pull("app"));
    assertTrue(
        e.getMessage().startsWith("download of " + made.id() + " broke off"), e.getMessage());
    assertEquals(3, bench.registry.gets("/blobs/" + made.id()));
  }

  @Test
  void aRegistryThatBringsHardlyAnythingWithEachConnectionIsGivenUp() throws IOException {
    Made made = put(List.of(TestImages.plain(TestImages.bytes(1, 500_000))));
    Digest layer = made.layers().get(0).digest();
    bench.registry.fault(layer, Faults.breaksOff(60_000, 100));
    IOException e = assertThrows(IOException.class, () -> bench.pull("app"));
    assertTrue(e.getMessage().contains(" broke off at byte "), e.getMessage());
    assertEquals(3, bench.registry.gets("/blobs/" + layer));
  }

  @Test
  void aLayerThatSendsMoreThanItHasIsRefused() throws IOException {
    Made made = put(List.of(TestImages.plain(TestImages.bytes(1, 100_000))));
    bench.registry.fault(
        made.layers().get(0).digest(),
        (exchange, blob, registry) -> {
          exchange.sendResponseHeaders(200, 0); // chunks, of no length that is told
          exchange.getResponseBody().write(blob);
          exchange.getResponseBody().write(blob);
          exchange.getResponseBody().close();
          return true;
        });
    String says = refused();
    assertTrue(says.contains("is wrong: expected 100000 bytes, the registry sends"), says);
  }

  @Test
  void layersBeyondTheBoundAreRefusedOnEveryWayIn() throws IOException {
    String says =
        "layer has more than " + LAYER_BYTES + " bytes, which layerMaxBytes does not allow";
    byte[] zeros = new byte[LAYER_BYTES + 1];
    // Packed it is small: what it unpacks to counts.
    put(List.of(TestImages.gzip(zeros)));
    assertEquals(says, refused());
    Made made = put(List.of(TestImages.plain(zeros)));
    assertEquals(says, refused());
    assertEquals(0, bench.registry.gets("/blobs/" + made.layers().get(0).digest()));
    assertEquals(says, imported(TestImages.gzip(zeros).packed()));
    assertEquals(says, imported(zeros));
    assertEquals(says, loaded(archive(List.of(TestImages.gzip(zeros)))));
    assertEquals(says, loaded(archive(List.of(TestImages.plain(zeros)))));
    // Refused before it takes room, whatever it is.
    assertEquals(says, loaded(new TestTar().file("anything", zeros).bytes()));
    assertEquals(List.of(), bench.images.list(true, Map.of()));
  }

  @Test
  void anImportIsNotReadBeyondTheBound() {
    Repeated zeros = new Repeated(new byte[1 << 16], 1024);
    assertTrue(imported(zeros).startsWith("layer has more than "));
    assertTrue(zeros.left > 0);
  }

  @Test
  void anImageOfAnotherSystemIsRefused() throws IOException {
    List<Layer> layers = TestImages.layers(1);
    String config = TestImages.config("amd64", CREATED, layers).replace("linux", "windows");
    TestImages.put(bench.registry, "app", "latest", config, layers);
    assertEquals("image operating system \"windows\" cannot be used on this platform", refused());
  }

  @Test
  void layersOfUnknownKindsAreRefused() throws IOException {
    for (String type :
        List.of("application/vnd.oci.image.layer.v1.tar+gzip+encrypted", "text/plain", "")) {
      byte[] bytes = TestImages.bytes(1, 100);
      Layer layer = new Layer(bytes, bytes, type);
      put(List.of(layer));
      assertEquals(
          "layer " + layer.digest() + " of " + name() + " has unsupported type " + type, refused());
    }
  }

  @Test
  void aConfigurationOfAnArchiveIsNotReadBeyondItsBound() throws IOException {
    byte[] config = new byte[(8 << 20) + 1];
    Arrays.fill(config, (byte) ' ');
    bench.close();
    bench = new Bench(root, true);
    byte[] tar =
        new TestTar()
            .file("config", config)
            .file("manifest.json", "[{\"Config\":\"config\",\"Layers\":[]}]".getBytes(UTF_8))
            .bytes();
    assertEquals(Digest.sha256(config) + " is larger than 8 MiB", loaded(tar));
  }

  @Test
  void aLayerThatDoesNotUnpackIsRefused() throws IOException {
    byte[] plain = TestImages.bytes(1, 100_000);
    for (Layer good : List.of(TestImages.gzip(plain), TestImages.zstd(plain))) {
      byte[] cut = Arrays.copyOf(good.packed(), good.packed().length / 3);
      Layer layer = new Layer(plain, cut, good.type());
      String says = "layer " + layer.diffId() + " does not unpack: ";
      put(List.of(layer));
      String pulled = refused();
      assertTrue(pulled.startsWith(says), pulled);
      String loaded = loaded(archive(List.of(layer)));
      assertTrue(loaded.startsWith(says), loaded);
    }
  }

  @Test
  void anArchiveOfVeryManyFilesIsRefused() throws IOException {
    byte[] one = new TestTar().link("a", "b").bytes();
    InputStream head = new ByteArrayInputStream(one, 0, 512);
    InputStream many = new Repeated(head.readAllBytes(), 100_001);
    assertEquals(
        "archive has more than 100000 files",
        loaded(
            new SequenceInputStream(
                many, new ByteArrayInputStream(archive(TestImages.layers(1))))));
  }

  @Test
  void linksInACircleAreFollowedNoLongerThanSome() throws IOException {
    byte[] tar =
        new TestTar()
            .link("a", "b")
            .link("b", "a")
            .file("manifest.json", "[{\"Config\":\"a\",\"Layers\":[]}]".getBytes(UTF_8))
            .bytes();
    assertEquals("archive has no file a", loaded(tar));
  }

  @Test
  void whatDescribesAnArchiveIsNotReadBeyondItsBound() throws IOException {
    byte[] large = new byte[(8 << 20) + 1];
    Arrays.fill(large, (byte) ' ');
    assertEquals(
        "manifest.json is larger than 8 MiB",
        loaded(new TestTar().file("manifest.json", large).bytes()));
  }

  @Test
  void anArchiveOfVeryManyImagesIsRefused() throws IOException {
    String entry = "{\"Config\":\"c\",\"Layers\":[]}";
    byte[] tar =
        new TestTar()
            .file("c", TestImages.config("amd64", CREATED, List.of()).getBytes(UTF_8))
            .file(
                "manifest.json", ("[" + (entry + ",").repeat(10_000) + entry + "]").getBytes(UTF_8))
            .bytes();
    assertEquals("archive has more than 10000 images", loaded(tar));
  }

  @Test
  void anArchiveThatSaysOneThingAndHoldsAnotherIsRefused() throws IOException {
    Layer layer = TestImages.plain(TestImages.bytes(1, 1000));
    byte[] config = TestImages.config("amd64", CREATED, List.of(layer)).getBytes(UTF_8);
    Digest other = Digest.sha256(new byte[1]);
    assertEquals(
        "blobs/sha256/"
            + other.hex()
            + " is not what its name says: its digest is "
            + layer.diffId(),
        loaded(new TestTar().file("blobs/sha256/" + other.hex(), layer.plain()).bytes()));
    String manifest =
        "{\"schemaVersion\":2,\"config\":%s,\"layers\":[%s]}"
            .formatted(
                TestImages.descriptor(TestImages.CONFIG, Digest.sha256(config), config.length),
                TestImages.descriptor(
                    "application/vnd.oci.image.layer.v1.tar", layer.digest(), 999));
    assertEquals(
        "archive has no blob " + layer.digest() + " of 999 bytes",
        loaded(layout(manifest, TestImages.MANIFEST, config, layer.plain())));
    byte[] tar =
        new TestTar()
            .file("config", config)
            .file("manifest.json", "[{\"Config\":\"config\",\"Layers\":[]}]".getBytes(UTF_8))
            .bytes();
    assertEquals("invalid manifest, layers length mismatch: expected 0, got 1", loaded(tar));
  }

  @Test
  void indexesWithinIndexesOfAnArchiveEnd() throws IOException {
    byte[] config = TestImages.config("amd64", CREATED, List.of()).getBytes(UTF_8);
    TestTar tar = new TestTar().file("blobs/sha256/" + Digest.sha256(config).hex(), config);
    String type = TestImages.MANIFEST;
    String at =
        "{\"schemaVersion\":2,\"config\":%s,\"layers\":[]}"
            .formatted(
                TestImages.descriptor(TestImages.CONFIG, Digest.sha256(config), config.length));
    for (int depth = 0; depth < 5; depth++) {
      Digest digest = Digest.sha256(at.getBytes(UTF_8));
      tar.file("blobs/sha256/" + digest.hex(), at.getBytes(UTF_8));
      at = TestImages.index(TestImages.descriptor(type, digest, at.length()));
      type = TestImages.INDEX;
    }
    Digest top = Digest.sha256(at.getBytes(UTF_8));
    tar.file("blobs/sha256/" + top.hex(), at.getBytes(UTF_8))
        .file(
            "index.json",
            TestImages.index(TestImages.descriptor(type, top, at.length())).getBytes(UTF_8));
    assertEquals("archive has indexes within indexes without end", loaded(tar.bytes()));
  }

  @Test
  void damagedHeadersOfAnArchiveAreRefused() throws IOException {
    byte[] good = new TestTar().file("x", "11 size=-5\n".getBytes(UTF_8)).bytes();
    byte[] torn = good.clone();
    torn[0] = 'y';
    assertEquals("archive is damaged: invalid tar header", loaded(torn));
    byte[] pax = with(good, 156, new byte[] {'x'});
    assertEquals("archive is damaged: invalid PAX size", loaded(pax));
    for (String record : List.of("99 size=5\n", "size=0123\n", "10 size=50", "2 ", "4 =5\n")) {
      byte[] tar = new TestTar().file("x", record.getBytes(UTF_8)).bytes();
      assertEquals(
          "archive is damaged: invalid PAX record",
          loaded(with(tar, 156, new byte[] {'x'})),
          record);
    }
    byte[] more = with(good, 124, "00010000000\0".getBytes(UTF_8));
    for (char type : new char[] {'x', 'g', 'L', 'K'}) {
      assertEquals(
          "archive is damaged: an extension of 2097152 bytes",
          loaded(with(more, 156, new byte[] {(byte) type})));
    }
    assertEquals("archive is damaged: a sparse file", loaded(with(good, 156, new byte[] {'S'})));
    byte[] large = {(byte) 0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1};
    assertEquals("archive is damaged: a number that is too large", loaded(with(good, 124, large)));
    for (String size : List.of("0000000000z\0", "-0000000001\0")) {
      assertEquals(
          "archive is damaged: invalid tar header", loaded(with(good, 124, size.getBytes(UTF_8))));
    }
  }

  @Test
  void anArchiveThatIsCutShortSaysSo() throws IOException {
    byte[] padded = new TestTar().file("x", new byte[700]).bytes();
    byte[] whole = new TestTar().file("x", new byte[1024]).bytes();
    for (byte[] cut :
        List.of(
            Arrays.copyOf(padded, 300),
            Arrays.copyOf(whole, 512 + 600),
            Arrays.copyOf(padded, 512 + 700 + 10))) {
      assertEquals("archive is damaged: unexpected EOF", loaded(cut), "at " + cut.length);
    }
  }

  @Test
  void anArchiveThatDoesNotUnpackIsRefused() throws IOException {
    byte[] tar = archive(TestImages.layers(1));
    byte[] gzip = TestImages.gzip(tar).packed();
    byte[] zstd = TestImages.zstd(tar).packed();
    for (byte[] packed : List.of(gzip, zstd)) {
      byte[] cut = Arrays.copyOf(packed, packed.length / 2);
      assertTrue(loaded(cut).startsWith("archive is damaged: "));
      byte[] torn = packed.clone();
      Arrays.fill(torn, 20, 70, (byte) 0xff);
      String says = loaded(torn);
      assertTrue(says.startsWith("archive is damaged: "), says);
    }
    byte[] xz = {(byte) 0xfd, '7', 'z', 'X', 'Z', 0, 0, 0, 0, 0, 0, 0};
    assertTrue(loaded(xz).startsWith("archive is damaged: "));
  }

  /** The tar with other bytes in its first header, which has the right checksum again. */
  private static byte[] with(byte[] tar, int at, byte[] field) {
    byte[] changed = tar.clone();
    System.arraycopy(field, 0, changed, at, field.length);
    Arrays.fill(changed, 148, 156, (byte) ' ');
    int sum = 0;
    for (int i = 0; i < 512; i++) {
      sum += changed[i] & 0xff;
    }
    System.arraycopy("%06o\0".formatted(sum).getBytes(UTF_8), 0, changed, 148, 7);
    return changed;
  }

  /** Bytes that come so many times. */
  private static final class Repeated extends InputStream {
    private final byte[] bytes;
    private long left;
    private int at;

    Repeated(byte[] bytes, long times) {
      this.bytes = bytes;
      left = times * bytes.length;
    }

    @Override
    public int read() {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int from, int length) {
      if (left == 0) {
        return -1;
      }
      int n = (int) Math.min(left, Math.min(length, bytes.length - at));
      System.arraycopy(bytes, at, into, from, n);
      at = (at + n) % bytes.length;
      left -= n;
      return n;
    }
  }

  private String name() {
    return bench.registry.address() + "/app:latest";
  }

  private Made put(List<Layer> layers) {
    return TestImages.put(bench.registry, "app", "latest", layers);
  }

  /** The manifest of an image that could be pulled. */
  private String manifest() throws IOException {
    List<Layer> layers = TestImages.layers(1);
    String config = TestImages.config("amd64", CREATED, layers);
    TestImages.put(bench.registry, "app", "latest", config, layers);
    return TestImages.manifest(config, layers);
  }

  private void served(String type, String json) {
    bench.registry.manifest("app", "latest", type, json);
  }

  private String refused() {
    EngineException e = assertThrows(EngineException.class, () -> bench.pull("app"));
    assertEquals(EngineException.Kind.INVALID, e.kind(), e.getMessage());
    return e.getMessage();
  }

  private String imported(byte[] tar) {
    return imported(new ByteArrayInputStream(tar));
  }

  private String imported(InputStream tar) {
    ImportRequest request =
        new ImportRequest(ImageReference.parse("flat:1"), "-", null, List.of(), null);
    EngineException e =
        assertThrows(
            EngineException.class, () -> bench.archives.importTar(request, tar, bench.steps::add));
    return e.getMessage();
  }

  private String loaded(byte[] tar) {
    return loaded(new ByteArrayInputStream(tar));
  }

  private String loaded(InputStream tar) {
    EngineException e =
        assertThrows(EngineException.class, () -> bench.archives.load(tar, null, bench.steps::add));
    assertEquals(EngineException.Kind.INVALID, e.kind(), e.getMessage());
    return e.getMessage();
  }

  /** As Docker writes it. */
  private static byte[] archive(List<Layer> layers) throws IOException {
    TestTar tar =
        new TestTar().file("config", TestImages.config("amd64", CREATED, layers).getBytes(UTF_8));
    StringBuilder names = new StringBuilder();
    for (int i = 0; i < layers.size(); i++) {
      tar.file("layer" + i, layers.get(i).packed());
      names.append(i == 0 ? "" : ",").append("\"layer").append(i).append('"');
    }
    return tar.file(
            "manifest.json",
            ("[{\"Config\":\"config\",\"Layers\":[" + names + "]}]").getBytes(UTF_8))
        .bytes();
  }

  /** As OCI has it. */
  private static byte[] layout(String manifest, String type, byte[]... blobs) throws IOException {
    TestTar tar = new TestTar();
    for (byte[] blob : blobs) {
      tar.file("blobs/sha256/" + Digest.sha256(blob).hex(), blob);
    }
    byte[] bytes = manifest.getBytes(UTF_8);
    Descriptor top = Descriptor.of(type, Digest.sha256(bytes), bytes.length);
    return tar.file("blobs/sha256/" + top.digest().hex(), bytes)
        .file(
            "index.json",
            TestImages.index(TestImages.descriptor(type, top.digest(), top.size())).getBytes(UTF_8))
        .bytes();
  }
}
