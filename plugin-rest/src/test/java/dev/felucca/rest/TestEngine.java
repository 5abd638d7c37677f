package dev.felucca.rest;

import dev.felucca.rest.fake.FakeEngine;
import dev.felucca.rest.fake.FakeEvents;
import dev.felucca.rest.fake.FakeExecs;
import dev.felucca.rest.fake.FakeImages;
import dev.felucca.rest.fake.FakeNetworks;
import dev.felucca.rest.fake.FakeSystem;
import dev.felucca.rest.http.HttpServer;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** The API over a real socket, with an engine in memory behind it. */
final class TestEngine implements AutoCloseable {
  final FakeEvents events = new FakeEvents();
  final FakeEngine engine = new FakeEngine(events);
  final FakeImages images = new FakeImages();
  final KernelServices services = new KernelServices();
  final Path directory;
  final Path socket;
  private final HttpServer server;

  TestEngine() throws IOException {
    this(60_000);
  }

  TestEngine(long arrivalMilliseconds) throws IOException {
    services.containerManager = engine;
    services.containerQueries = engine;
    services.containerStreams = engine;
    services.execManager = new FakeExecs(engine);
    services.imageService = images;
    services.networkService = new FakeNetworks();
    services.systemInfo = new FakeSystem();
    services.eventBus = events;
    // Short: a socket path has 107 bytes, and a build directory may be deep.
    directory = Files.createTempDirectory("fr");
    socket = directory.resolve("s.sock");
    server = new HttpServer(Api.routes(services), arrivalMilliseconds);
    server.listen(socket, "", RestServer.mode("0600"));
  }

  int connections() {
    return server.connections();
  }

  RawClient client() throws IOException {
    return new RawClient(SocketChannel.open(UnixDomainSocketAddress.of(socket)));
  }

  @Override
  public void close() throws IOException {
    server.close();
    try (var files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(directory);
  }
}
