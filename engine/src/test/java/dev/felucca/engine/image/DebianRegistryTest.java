package dev.felucca.engine.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.felucca.engine.image.TestImages.Layer;
import dev.felucca.kernel.Digest;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.image.Descriptor;
import dev.felucca.kernel.image.ImageDetails;
import dev.felucca.kernel.image.ImageReference;
import dev.felucca.kernel.image.PullRequest;
import dev.felucca.kernel.transport.Manifest;
import dev.felucca.registry.client.RegistryClient;
import dev.felucca.registry.client.RegistrySettings;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against the registry that Debian ships, over a real socket. */
class DebianRegistryTest {
  private static final Path BINARY = Path.of("/usr/bin/docker-registry");
  private static final RegistrySettings QUICK =
      new RegistrySettings(
          Set.of(), Duration.ofSeconds(5), Duration.ofSeconds(5), 3, Duration.ofMillis(50));

  @TempDir Path root;
  private Process registry;
  private String address;
  private Bench bench;
  private final RegistryClient client = new RegistryClient(QUICK, "test");

  @BeforeEach
  void start() throws Exception {
    assumeTrue(Files.isExecutable(BINARY), "needs Debian's package docker-registry");
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      port = free.getLocalPort();
    }
    address = "127.0.0.1:" + port;
    Path config = root.resolve("config.yml");
    Files.writeString(
        config,
        "version: 0.1\nlog: {level: error}\nstorage:\n  filesystem: {rootdirectory: "
            + root.resolve("registry")
            + "}\nhttp: {addr: \""
            + address
            + "\"}\n");
    registry =
        new ProcessBuilder(BINARY.toString(), "serve", config.toString())
            .redirectErrorStream(true)
            .redirectOutput(root.resolve("log").toFile())
            .start();
    awaitPort(port);
    bench = new Bench(root.resolve("engine"), true);
  }

  private void awaitPort(int port) throws IOException {
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (true) {
      try (Socket socket = new Socket("127.0.0.1", port)) {
        assertTrue(socket.isConnected());
        return;
      } catch (IOException e) {
        assertTrue(registry.isAlive(), Files.readString(root.resolve("log")));
        assertTrue(System.nanoTime() < end, "the registry does not listen");
      }
    }
  }

  @AfterEach
  void stop() throws InterruptedException {
    client.close();
    if (bench != null) {
      bench.close();
    }
    if (registry != null) {
      registry.destroy();
      if (!registry.waitFor(10, TimeUnit.SECONDS)) {
        registry.destroyForcibly();
      }
    }
  }

  @Test
  void whatIsPushedIsPulled() throws IOException {
    List<Layer> layers = TestImages.layers(8);
    Digest digest = push("library/app:v1", layers);
    ImageDetails image = pull("library/app:v1");
    assertEquals(layers.stream().map(Layer::diffId).toList(), image.diffIds());
    assertEquals(List.of(address + "/library/app@" + digest), image.repoDigests());
    assertEquals(List.of("v1"), client.tags(reference("library/app"), null));
  }

  @Test
  void whatIsMissingIsToldInDockersWords() throws IOException {
    push("library/app:v1", TestImages.layers(1));
    EngineException tag = assertThrows(EngineException.class, () -> pull("library/app:v2"));
    assertEquals(
        "manifest for " + address + "/library/app:v2 not found: manifest unknown: manifest unknown",
        tag.getMessage());
    EngineException repository = assertThrows(EngineException.class, () -> pull("library/none:v2"));
    assertEquals(EngineException.Kind.NOT_FOUND, repository.kind());
  }

  @Test
  void aByteFlippedInTheRegistrysStorageIsNoticed() throws IOException {
    List<Layer> layers = TestImages.layers(3);
    push("app:v1", layers);
    String hex = layers.get(1).digest().hex();
    Path blob =
        root.resolve("registry/docker/registry/v2/blobs/sha256")
            .resolve(hex.substring(0, 2))
            .resolve(hex)
            .resolve("data");
    try (RandomAccessFile file = new RandomAccessFile(blob.toFile(), "rw")) {
      file.seek(50_000);
      int old = file.read();
      file.seek(50_000);
      file.write(old ^ 1);
    }
    EngineException e = assertThrows(EngineException.class, () -> pull("app:v1"));
    assertTrue(
        e.getMessage().startsWith("digest is wrong: expected sha256:" + hex), e.getMessage());
    try (RandomAccessFile file = new RandomAccessFile(blob.toFile(), "rw")) {
      file.setLength(1000);
    }
    EngineException shorter = assertThrows(EngineException.class, () -> pull("app:v1"));
    assertTrue(shorter.getMessage().contains("1000"), shorter.getMessage());
    assertEquals(List.of(), bench.files("images"));
  }

  private ImageReference reference(String rest) {
    return ImageReference.parse(address + "/" + rest);
  }

  private ImageDetails pull(String rest) throws IOException {
    return bench.images.pull(new PullRequest(reference(rest), null, null), step -> {});
  }

  private Digest push(String rest, List<Layer> layers) throws IOException {
    ImageReference reference = reference(rest);
    List<String> list = new ArrayList<>();
    for (Layer layer : layers) {
      blob(reference, layer.packed());
      list.add(TestImages.descriptor(layer.type(), layer.digest(), layer.packed().length));
    }
    byte[] config = TestImages.config("amd64", "2026-01-01T00:00:00Z", layers).getBytes(UTF_8);
    byte[] manifest =
        ("{\"schemaVersion\":2,\"mediaType\":\""
                + TestImages.MANIFEST
                + "\",\"config\":"
                + TestImages.descriptor(TestImages.CONFIG, blob(reference, config), config.length)
                + ",\"layers\":["
                + String.join(",", list)
                + "]}")
            .getBytes(UTF_8);
    Descriptor descriptor =
        Descriptor.of(TestImages.MANIFEST, Digest.sha256(manifest), manifest.length);
    return client.pushManifest(reference, new Manifest(descriptor, manifest), null);
  }

  private Digest blob(ImageReference repository, byte[] bytes) throws IOException {
    Digest digest = Digest.sha256(bytes);
    client.pushBlob(
        repository,
        Descriptor.of("application/octet-stream", digest, bytes.length),
        offset -> new ByteArrayInputStream(bytes, (int) offset, bytes.length - (int) offset),
        List.of(),
        null);
    return digest;
  }
}
