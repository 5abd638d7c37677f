package dev.felucca.registry.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import dev.felucca.kernel.Digest;
import dev.felucca.kernel.image.Descriptor;
import dev.felucca.kernel.image.ImageReference;
import dev.felucca.kernel.transport.Credentials;
import dev.felucca.tck.transport.FakeRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** By way of mirrors and proxies. */
@Timeout(60)
class ReachingTest {
  private static final String TYPE = "application/vnd.oci.image.manifest.v1+json";
  private static final Credentials SECRET = new Credentials("jo", "secret", null, null);

  @Test
  void aMirrorIsAskedFirstAndSeesNoCredentials() throws IOException {
    byte[] bytes = "layer".getBytes(UTF_8);
    try (FakeRegistry mirror = new FakeRegistry();
        FakeRegistry origin = new FakeRegistry();
        RegistryClient client = client(origin, "http://" + mirror.address())) {
      mirror.manifest("app", "v1", TYPE, "{}");
      Descriptor blob = Descriptor.of("x", mirror.blob(bytes), bytes.length);
      ImageReference app = ImageReference.parse(origin.address() + "/app:v1");
      assertEquals(2, client.resolve(app, SECRET).bytes().length);
      try (InputStream in = client.pull(app, blob, 0, SECRET).stream()) {
        assertArrayEquals(bytes, in.readAllBytes());
      }
      assertEquals(List.of(), origin.seen());
      mirror.seen().forEach(seen -> assertNull(seen.header("Authorization")));
    }
  }

  @Test
  void whatAMirrorLacksOrSpoilsComesFromTheRegistry() throws IOException {
    try (FakeRegistry mirror = new FakeRegistry();
        FakeRegistry origin = new FakeRegistry();
        RegistryClient client = client(origin, "http://" + mirror.address())) {
      origin.manifest("app", "v1", TYPE, "{}");
      Digest digest = origin.manifest("app", "v2", TYPE, "{ }");
      mirror.falseManifest("app", digest, TYPE, "{\"other\":1}".getBytes(UTF_8));
      ImageReference app = ImageReference.parse(origin.address() + "/app:v1");
      assertEquals(2, client.resolve(app, null).bytes().length);
      assertEquals(3, client.resolve(app.withDigest(digest), null).bytes().length);
      assertTrue(mirror.gets("/manifests/") >= 2);
    }
  }

  @Test
  void aMirrorThatAsksWhoIsThereIsNotTold() throws IOException {
    try (FakeRegistry mirror = new FakeRegistry();
        FakeRegistry origin = new FakeRegistry();
        RegistryClient client = client(origin, "http://" + mirror.address())) {
      mirror.requireBasic("jo", "secret");
      mirror.manifest("app", "v1", TYPE, "{}");
      origin.manifest("app", "v1", TYPE, "{ }");
      ImageReference app = ImageReference.parse(origin.address() + "/app:v1");
      assertEquals(3, client.resolve(app, SECRET).bytes().length);
      assertEquals(1, mirror.gets("/v2/"), "it is asked what it asks for, and has no answer");
      mirror.seen().forEach(seen -> assertNull(seen.header("Authorization")));
    }
  }

  @Test
  void tagsAreAskedOfAMirrorFirst() throws IOException {
    try (FakeRegistry mirror = new FakeRegistry();
        FakeRegistry origin = new FakeRegistry();
        RegistryClient client = client(origin, "http://" + mirror.address())) {
      origin.manifest("app", "there", TYPE, "{}");
      ImageReference app = ImageReference.parse(origin.address() + "/app");
      assertEquals(List.of("there"), client.tags(app, SECRET));
      assertEquals(1, mirror.gets("/tags/list"));
      mirror.manifest("app", "near", TYPE, "{}");
      assertEquals(List.of("near"), client.tags(app, SECRET));
      mirror.seen().forEach(seen -> assertNull(seen.header("Authorization")));
      assertEquals(1, origin.gets("/tags/list"));
    }
  }

  @Test
  void aMirrorThatIsDownIsPassedOver() throws IOException {
    int closed;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      closed = socket.getLocalPort();
    }
    try (FakeRegistry origin = new FakeRegistry();
        RegistryClient client = client(origin, "http://127.0.0.1:" + closed)) {
      origin.manifest("app", "v1", TYPE, "{}");
      ImageReference app = ImageReference.parse(origin.address() + "/app:v1");
      assertEquals(2, client.resolve(app, null).bytes().length);
    }
  }

  @Test
  void mirrorsAreReadAsDockersAndWithAHost() {
    assertEquals(
        Map.of(
            "docker.io", List.of(URI.create("https://one.example/"), URI.create("http://two/x/")),
            "ghcr.example", List.of(URI.create("https://three.example/"))),
        RegistrySettings.mirrors(
            "https://one.example", "http://two/x/", "ghcr.example=https://three.example"));
    assertThrows(
        IllegalArgumentException.class, () -> RegistrySettings.mirrors("ftp://one.example"));
  }

  @Test
  void requestsGoThroughTheProxy() throws IOException {
    List<String> asked = new CopyOnWriteArrayList<>();
    HttpServer proxy =
        HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
    proxy.createContext(
        "/",
        exchange -> {
          try (exchange) {
            asked.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
            boolean tunnel = exchange.getRequestMethod().equals("CONNECT");
            byte[] body = "{\"tags\":[\"far\"]}".getBytes(UTF_8);
            exchange.sendResponseHeaders(tunnel ? 403 : 200, tunnel ? -1 : body.length);
            if (!tunnel) {
              exchange.getResponseBody().write(body);
            }
          }
        });
    proxy.start();
    String address = "127.0.0.1:" + proxy.getAddress().getPort();
    try (RegistryClient client =
        new RegistryClient(
            settings(Set.of("far.invalid"), Map.of(), new Proxies(address, address, "")), "test")) {
      assertEquals(List.of("far"), client.tags(ImageReference.parse("far.invalid/app"), null));
      assertTrue(asked.contains("GET http://far.invalid/v2/app/tags/list"), asked.toString());
    } finally {
      proxy.stop(0);
    }
  }

  @Test
  void someHostsAreReachedWithoutAProxy() {
    Proxies proxies =
        new Proxies("proxy:3128", "http://proxy:3128", "corp.example, 10.0.0.0/8,.inside,*.star");
    for (String direct :
        List.of(
            "http://corp.example/",
            "https://a.corp.example/",
            "http://10.1.2.3:5000/",
            "http://x.inside/",
            "http://y.star/",
            "http://127.0.0.1:5000/",
            "http://localhost/")) {
      assertEquals(Proxy.NO_PROXY, proxies.of(URI.create(direct)), direct);
    }
    for (String via : List.of("http://notcorp.example/", "https://11.1.2.3/", "http://a/")) {
      assertEquals(Proxy.Type.HTTP, proxies.of(URI.create(via)).type(), via);
    }
    assertEquals(Proxy.NO_PROXY, new Proxies("proxy:1", "", "*").of(URI.create("http://a/")));
  }

  @Test
  void rangesOfAddressesMayBeInsecure() {
    RegistrySettings settings = settings(Set.of("10.0.0.0/8"), Map.of(), Proxies.NONE);
    assertTrue(settings.plainAllowed("10.2.3.4:5000"));
    assertTrue(!settings.plainAllowed("11.2.3.4:5000"));
    assertTrue(!settings.plainAllowed("10.example"));
  }

  private static RegistryClient client(FakeRegistry origin, String mirror) {
    return new RegistryClient(
        settings(Set.of(), RegistrySettings.mirrors(origin.address() + "=" + mirror), Proxies.NONE),
        "test");
  }

  private static RegistrySettings settings(
      Set<String> insecure, Map<String, List<URI>> mirrors, Proxies proxies) {
    return new RegistrySettings(
        insecure,
        Duration.ofSeconds(2),
        Duration.ofSeconds(2),
        2,
        Duration.ofMillis(20),
        mirrors,
        List.of(),
        proxies,
        0);
  }
}
