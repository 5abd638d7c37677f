package dev.felucca.registry.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.image.ImageReference;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a registry that speaks TLS with a certificate that nobody vouches for. */
class TlsTest {
  private static final char[] PASSWORD = "changeit".toCharArray();

  @TempDir Path root;
  private HttpsServer server;
  private KeyStore keys;

  @BeforeEach
  void start() throws Exception {
    Path file = root.resolve("keys.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "test",
                "-keyalg",
                "EC",
                "-dname",
                "CN=test",
                "-ext",
                "san=ip:127.0.0.1",
                "-keystore",
                file.toString(),
                "-storepass",
                new String(PASSWORD))
            .redirectErrorStream(true)
            .start();
    keytool.getInputStream().readAllBytes();
    assertTrue(keytool.waitFor(30, TimeUnit.SECONDS));
    keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      keys.load(in, PASSWORD);
    }
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, PASSWORD);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(context));
    server.createContext(
        "/v2/",
        exchange -> {
          try (exchange) {
            byte[] body = "{\"tags\":[\"one\"]}".getBytes(UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
          }
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @Test
  void aRegistryOnLoopbackMaySpeakTlsAsItLikes() throws Exception {
    ImageReference app =
        ImageReference.parse("127.0.0.1:" + server.getAddress().getPort() + "/app");
    try (RegistryClient client = new RegistryClient(RegistrySettings.DEFAULTS, "test")) {
      assertEquals(List.of("one"), client.tags(app, null));
    }
  }

  @Test
  void aCertificateThatNobodyVouchesForIsRefused() {
    String address = "127.0.0.1:" + server.getAddress().getPort();
    RegistrySettings settings =
        new RegistrySettings(
            Set.of(), Duration.ofSeconds(5), Duration.ofSeconds(5), 1, Duration.ofMillis(1));
    try (HttpDoor door = new HttpDoor(settings, "test", host -> false)) {
      Requests requests = new Requests(door, settings);
      java.net.URI uri = java.net.URI.create("https://" + address + "/v2/");
      EngineException e =
          assertThrows(
              EngineException.class,
              () -> requests.retrying("GET", uri, () -> requests.follow(uri, null, b -> b.GET())));
      assertEquals(EngineException.Kind.UNREACHABLE, e.kind());
      assertEquals(
          "Get \""
              + uri
              + "\": tls: failed to verify certificate: x509: certificate signed by unknown authority",
          e.getMessage());
    }
  }

  @Test
  void anAuthorityThatAnAdministratorPutDownIsBelieved() throws Exception {
    String address = "127.0.0.1:" + server.getAddress().getPort();
    Path own = Files.createDirectories(root.resolve("certs.d").resolve(address));
    RegistrySettings settings =
        new RegistrySettings(
            Set.of(),
            Duration.ofSeconds(5),
            Duration.ofSeconds(5),
            1,
            Duration.ofMillis(1),
            java.util.Map.of(),
            List.of(root.resolve("missing"), root.resolve("certs.d")),
            Proxies.NONE,
            0);
    java.net.URI uri = java.net.URI.create("https://" + address + "/v2/");
    try (HttpDoor door = new HttpDoor(settings, "test", host -> false)) {
      Requests requests = new Requests(door, settings);
      assertThrows(java.io.IOException.class, () -> requests.follow(uri, null, b -> b.GET()));
      java.security.cert.Certificate certificate = keys.getCertificate("test");
      Files.writeString(
          own.resolve("ca.crt"),
          "-----BEGIN CERTIFICATE-----\n"
              + java.util.Base64.getMimeEncoder().encodeToString(certificate.getEncoded())
              + "\n-----END CERTIFICATE-----\n");
      // The file is seen without a restart.
      assertEquals(200, requests.follow(uri, null, b -> b.GET()).statusCode());
    }
  }
}
