package dev.felucca.rest;

import dev.felucca.rest.fake.FakeEngine;
import dev.felucca.rest.fake.FakeEvents;
import dev.felucca.rest.fake.FakeExecs;
import dev.felucca.rest.fake.FakeImages;
import dev.felucca.rest.fake.FakeNetworks;
import dev.felucca.rest.fake.FakeSystem;
import dev.felucca.rest.http.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The API over a real socket, with an engine in memory behind it: one for each test, as a field
 * with {@code @RegisterExtension}.
 */
final class TestEngine implements AfterEachCallback {
  final FakeEvents events = new FakeEvents();
  final FakeEngine engine = new FakeEngine(events);
  final FakeImages images = new FakeImages();
  final KernelServices services = new KernelServices();
  final Path directory;
  final Path socket;
  private final HttpServer server;

  TestEngine() {
    this(60_000);
  }

  TestEngine(long arrivalMilliseconds) {
    services.containerManager = engine;
    services.containerQueries = engine;
    services.containerStreams = engine;
    services.execManager = new FakeExecs(engine);
    services.imageService = images;
    services.networkService = new FakeNetworks();
    services.systemInfo = new FakeSystem();
    services.eventBus = events;
    // Short: a socket path has 107 bytes, and a build directory may be deep.
    try {
      directory = Files.createTempDirectory("fr");
      socket = directory.resolve("s.sock");
      server = new HttpServer(Api.routes(services), arrivalMilliseconds);
      server.listen(socket, "", RestServer.mode("0600"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  int connections() {
    return server.connections();
  }

  RawClient client() throws IOException {
    return new RawClient(SocketChannel.open(UnixDomainSocketAddress.of(socket)));
  }

  /** Makes a container of this configuration; answers its id. */
  String create(String json) throws IOException {
    try (RawClient client = client()) {
      return client.post("/v1.50/containers/create", json).answer().body().substring(7, 71);
    }
  }

  /** The status of a request without a body. */
  int call(String method, String path) throws IOException {
    try (RawClient client = client()) {
      return client.send(method + " " + path + " HTTP/1.1\r\nHost: x\r\n\r\n").answer().status();
    }
  }

  @Override
  public void afterEach(ExtensionContext context) throws IOException {
    server.close();
    try (var files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(directory);
  }
}
