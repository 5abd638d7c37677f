package dev.felucca.rest.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.kernel.isolation.OutputStreamKind;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Output that is there before the event loop has come to the takeover. */
@Timeout(60)
class TakeoverTest {
  private static final String REQUEST =
      "GET /x HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n";

  private final CountDownLatch allSent = new CountDownLatch(1);
  private Path directory;
  private HttpServer server;

  private void printsAtOnce(Exchange exchange) throws InterruptedException {
    CountDownLatch held = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    exchange.later(
        0,
        () -> {
          held.countDown();
          try {
            go.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    held.await();
    RawStream stream = exchange.takeOver(true);
    stream.output(
        OutputStreamKind.STDOUT, ByteBuffer.wrap("out".getBytes(StandardCharsets.US_ASCII)));
    stream.close();
    exchange.later(0, allSent::countDown);
    go.countDown();
  }

  private static void doesNotRead(Exchange exchange) throws InterruptedException {
    RawStream stream = exchange.takeOver(false);
    Thread.sleep(100); // the client has sent more than is taken from it
    stream.output(
        OutputStreamKind.STDOUT, ByteBuffer.wrap("out".getBytes(StandardCharsets.US_ASCII)));
    stream.close();
  }

  @BeforeEach
  void serve() throws IOException {
    // Short: a socket path has 107 bytes, and a build directory may be deep.
    directory = Files.createTempDirectory("fr");
    Dispatcher.Found found =
        new Dispatcher.Found(this::printsAtOnce, Dispatcher.Lane.WORK, true, false, Map.of());
    Dispatcher.Found unread =
        new Dispatcher.Found(
            TakeoverTest::doesNotRead, Dispatcher.Lane.WORK, true, false, Map.of());
    server = new HttpServer((method, path) -> path.equals("/x") ? found : unread, 60_000);
    server.listen(directory.resolve("s.sock"), "", PosixFilePermissions.fromString("rw-------"));
  }

  @AfterEach
  void end() throws IOException {
    server.close();
    try (var files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(directory);
  }

  private static String piece(SocketChannel client) throws IOException {
    ByteBuffer piece = ByteBuffer.allocate(65_536);
    client.read(piece);
    return new String(piece.array(), 0, piece.position(), StandardCharsets.ISO_8859_1);
  }

  @Test
  void itWaitsForTheReaderOfTheHeadAndThenTheConnectionIsClosed() throws Exception {
    try (SocketChannel client =
        SocketChannel.open(UnixDomainSocketAddress.of(directory.resolve("s.sock")))) {
      client.write(ByteBuffer.wrap(REQUEST.getBytes(StandardCharsets.US_ASCII)));
      allSent.await();
      String head = piece(client);
      assertTrue(head.endsWith("\r\n\r\n"), head);
      assertEquals("\1\0\0\0\0\0\0\3out", piece(client));
      assertEquals("", piece(client));
    }
  }

  @Test
  void whatIsNotReadOfItsInputIsNoErrorOfTheConnection() throws Exception {
    try (SocketChannel client =
        SocketChannel.open(UnixDomainSocketAddress.of(directory.resolve("s.sock")))) {
      client.write(
          ByteBuffer.wrap(REQUEST.replace("/x", "/y").getBytes(StandardCharsets.US_ASCII)));
      FutureTask<Long> sent = new FutureTask<>(() -> sendAll(client, ByteBuffer.allocate(1 << 20)));
      new Thread(sent).start();
      assertTrue(piece(client).endsWith("\r\n\r\n"));
      assertEquals("out", piece(client));
      assertEquals("", piece(client));
      assertEquals(1 << 20, sent.get());
    }
  }

  private static long sendAll(SocketChannel client, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      client.write(bytes);
    }
    return bytes.position();
  }
}
