package dev.felucca.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.felucca.rest.http.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SocketFileTest {
  private Path directory;
  private Path socket;

  @BeforeEach
  void make() throws IOException {
    directory = Files.createTempDirectory("fs");
    socket = directory.resolve("a/s.sock");
  }

  @AfterEach
  void remove() throws IOException {
    try (var files = Files.walk(directory)) {
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private RestServer serve(String group, String tcp) throws IOException {
    return new RestServer(new KernelServices(), socket, group, RestServer.mode("0660"), tcp, null);
  }

  @Test
  void socketHasItsGroupAndModeAndGoesWithTheServer() throws Exception {
    assumeTrue(System.getProperty("user.name").equals("root"), "giving a file away needs root");
    RestServer server = serve("daemon", "");
    Map<String, Object> facts = Files.readAttributes(socket, "posix:permissions,group");
    assertEquals("rw-rw----", PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)));
    assertEquals("daemon", facts.get("group").toString());
    try (var files = Files.list(socket.getParent())) {
      assertEquals(2, files.count(), "the socket and its lock");
    }
    server.close();
    assertFalse(Files.exists(socket));
  }

  @Test
  void missingGroupLeavesItToTheOwner() throws Exception {
    RestServer server = serve("no-such-group-here", "");
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)));
    server.close();
  }

  @Test
  void socketOfADeadEngineIsReplaced() throws Exception {
    Files.createDirectories(socket.getParent());
    try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      dead.bind(UnixDomainSocketAddress.of(socket));
    }
    assertTrue(Files.exists(socket));
    RestServer server = serve("", "");
    try (RawClient client = new RawClient(SocketChannel.open(UnixDomainSocketAddress.of(socket)))) {
      assertEquals("OK", client.get("/_ping").answer().body());
    }
    server.close();
  }

  @Test
  void whereAKilledEngineWasBindingIsRemovedAndNobodyElses() throws Exception {
    Path left = Files.createDirectories(socket.resolveSibling(".fabc"));
    Path other = Files.createDirectories(socket.resolveSibling(".fxyz"));
    Files.writeString(left.resolve("s"), "bound, and not yet at its place");
    Files.writeString(socket.resolveSibling("s.sock.lock"), left.getFileName().toString());
    RestServer server = serve("", "");
    assertFalse(Files.exists(left));
    assertTrue(Files.exists(other));
    server.close();
  }

  @Test
  void socketOfALivingEngineIsRefused() throws Exception {
    RestServer server = serve("", "");
    IOException ours = assertThrows(IOException.class, () -> serve("", ""));
    assertTrue(ours.getMessage().contains("another engine"), ours.getMessage());
    try (RawClient client = new RawClient(SocketChannel.open(UnixDomainSocketAddress.of(socket)))) {
      assertEquals("OK", client.get("/_ping").answer().body());
    }
    server.close();
    try (ServerSocketChannel other = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      other.bind(UnixDomainSocketAddress.of(socket));
      IOException theirs = assertThrows(IOException.class, () -> serve("", ""));
      assertTrue(theirs.getMessage().contains("another engine answers"), theirs.getMessage());
    }
  }

  @Test
  void fileThatIsNoSocketIsLeftAlone() throws Exception {
    Files.createDirectories(socket.getParent());
    Files.writeString(socket, "mine");
    assertThrows(IOException.class, () -> serve("", ""));
    assertEquals("mine", Files.readString(socket));
  }

  @Test
  void pathBeyondTheKernelsLimitIsRefused() {
    socket = directory.resolve("x".repeat(100) + ".sock");
    IOException refusal = assertThrows(IOException.class, () -> serve("", ""));
    assertTrue(refusal.getMessage().contains("longer than 107 bytes"), refusal.getMessage());
  }

  @Test
  void webPagesCannotReachTheTcpPort() throws Exception {
    try (HttpServer server = new HttpServer(Api.routes(new KernelServices()), 60_000)) {
      InetSocketAddress address = server.listen(new InetSocketAddress("127.0.0.1", 0), null);
      assertEquals(200, ping(address, "Host: 127.0.0.1:" + address.getPort()));
      assertEquals(200, ping(address, "Host: localhost"));
      assertEquals(403, ping(address, "Host: localhost\r\nOrigin: http://evil.example"));
      assertEquals(403, ping(address, "Host: evil.example"));
    }
  }

  private static int ping(InetSocketAddress address, String headers) throws IOException {
    try (RawClient client = new RawClient(SocketChannel.open(address))) {
      return client.send("GET /_ping HTTP/1.1\r\n" + headers + "\r\n\r\n").answer().status();
    }
  }

  @Test
  void withoutTlsOnlyLoopback() throws Exception {
    IOException refusal =
        assertThrows(IOException.class, () -> RestServer.address("0.0.0.0:2376", false));
    assertEquals(
        "tcp address 0.0.0.0:2376 is not loopback: refused without TLS", refusal.getMessage());
    assertEquals(2376, RestServer.address("0.0.0.0:2376", true).getPort());
    IOException part =
        assertThrows(IOException.class, () -> RestServer.tls(List.of("/ca.pem", "", "")));
    assertTrue(part.getMessage().contains("go together"), part.getMessage());
    assertNull(RestServer.tls(List.of("", "", "")));
    IOException missing =
        assertThrows(IOException.class, () -> RestServer.tls(List.of("/no/a", "/no/b", "/no/c")));
    assertEquals("TLS: /no/a can't be read", missing.getMessage());
    String file = Files.writeString(directory.resolve("empty.pem"), "").toString();
    IOException nothing =
        assertThrows(IOException.class, () -> RestServer.tls(List.of(file, file, file)));
    assertTrue(nothing.getMessage().startsWith("TLS: certificate " + file), nothing.getMessage());
  }

  @Test
  void tcpIsForLoopbackOnly() throws Exception {
    assertThrows(IOException.class, () -> serve("", "0.0.0.0:0"));
    serve("", "127.0.0.1:0").close();
    assertFalse(Files.exists(socket));
  }
}
