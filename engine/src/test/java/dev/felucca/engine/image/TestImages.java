package dev.felucca.engine.image;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.github.luben.zstd.Zstd;
import dev.felucca.kernel.Digest;
import dev.felucca.tck.transport.FakeRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/** Puts images into a {@link FakeRegistry}; a layer is any bytes, as the fake storage reads any. */
final class TestImages {
  static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";
  static final String INDEX = "application/vnd.oci.image.index.v1+json";
  static final String CONFIG = "application/vnd.oci.image.config.v1+json";

  private TestImages() {}

  /** A layer before and after packing. */
  record Layer(byte[] plain, byte[] packed, String type) {
    Digest diffId() {
      return Digest.sha256(plain);
    }

    Digest digest() {
      return Digest.sha256(packed);
    }
  }

  /** What came to be: its id, its manifest, its layers. */
  record Made(Digest id, Digest manifest, long manifestSize, List<Layer> layers) {
    List<String> chain() {
      return Chains.of(layers.stream().map(Layer::diffId).toList());
    }
  }

  static byte[] bytes(int seed, int size) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  static Layer gzip(byte[] plain) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    // Two members: what parallel compressors write.
    for (int half = 0; half < 2; half++) {
      try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
        int middle = plain.length / 2;
        gzip.write(plain, half * middle, half == 0 ? middle : plain.length - middle);
      }
    }
    return new Layer(plain, out.toByteArray(), "application/vnd.oci.image.layer.v1.tar+gzip");
  }

  static Layer zstd(byte[] plain) {
    return new Layer(plain, Zstd.compress(plain), "application/vnd.oci.image.layer.v1.tar+zstd");
  }

  static Layer plain(byte[] plain) {
    return new Layer(plain, plain, "application/vnd.docker.image.rootfs.diff.tar");
  }

  static List<Layer> layers(int count) throws IOException {
    List<Layer> layers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      byte[] content = bytes(i, 100_000 + i);
      layers.add(i % 3 == 0 ? gzip(content) : i % 3 == 1 ? zstd(content) : plain(content));
    }
    return layers;
  }

  static String config(String architecture, String created, List<Layer> layers) {
    List<String> ids = layers.stream().map(layer -> "\"" + layer.diffId() + "\"").toList();
    return "{\"architecture\":\""
        + architecture
        + "\",\"os\":\"linux\",\"created\":\""
        + created
        + "\",\"config\":{\"Env\":[\"A=b\"],\"Cmd\":[\"sh\"],\"Labels\":{\"who\":\"me\"}},"
        + "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":["
        + String.join(",", ids)
        + "]}}";
  }

  static Made put(
      FakeRegistry registry,
      String repository,
      @Nullable String tag,
      String config,
      List<Layer> layers) {
    Digest id = registry.blob(config.getBytes(UTF_8));
    layers.forEach(layer -> registry.blob(layer.packed()));
    String manifest = manifest(config, layers);
    Digest digest = registry.manifest(repository, tag, MANIFEST, manifest);
    return new Made(id, digest, manifest.length(), layers);
  }

  static String manifest(String config, List<Layer> layers) {
    List<String> list =
        layers.stream()
            .map(layer -> descriptor(layer.type(), layer.digest(), layer.packed().length))
            .toList();
    return "{\"schemaVersion\":2,\"mediaType\":\""
        + MANIFEST
        + "\",\"config\":"
        + descriptor(CONFIG, Digest.sha256(config.getBytes(UTF_8)), config.length())
        + ",\"layers\":["
        + String.join(",", list)
        + "]}";
  }

  static Made put(FakeRegistry registry, String repository, String tag, List<Layer> layers) {
    return put(
        registry, repository, tag, config("amd64", "2026-01-02T03:04:05.6Z", layers), layers);
  }

  static String descriptor(String type, Digest digest, long size) {
    return "{\"mediaType\":\"" + type + "\",\"digest\":\"" + digest + "\",\"size\":" + size + "}";
  }

  /** An entry of an index, for {@code linux/ARCHITECTURE/VARIANT}. */
  static String entry(Made made, String type, String architecture, @Nullable String variant) {
    String plain = descriptor(type, made.manifest(), made.manifestSize());
    return plain.substring(0, plain.length() - 1)
        + ",\"platform\":{\"os\":\""
        + (architecture.equals("unknown") ? "unknown" : "linux")
        + "\",\"architecture\":\""
        + architecture
        + "\""
        + (variant == null ? "" : ",\"variant\":\"" + variant + "\"")
        + "}}";
  }

  static String index(String... entries) {
    return "{\"schemaVersion\":2,\"mediaType\":\""
        + INDEX
        + "\",\"manifests\":["
        + String.join(",", entries)
        + "]}";
  }
}
