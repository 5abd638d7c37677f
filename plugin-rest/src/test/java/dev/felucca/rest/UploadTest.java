package dev.felucca.rest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.Platform;
import dev.felucca.kernel.image.ImageArchives;
import dev.felucca.kernel.image.ImageDetails;
import dev.felucca.kernel.image.ImportRequest;
import dev.felucca.kernel.image.ProgressListener;
import dev.felucca.rest.http.Exchange;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.LoggerFactory;

/** Bodies that are read while they arrive, and answers that are written as they come. */
@Timeout(60)
class UploadTest {
  private static final int LARGE = 64 << 20;
  @RegisterExtension final TestEngine engine = new TestEngine();
  private final Archives archives = new Archives();

  /** Counts what it is given. */
  private static final class Archives implements ImageArchives {
    final AtomicLong read = new AtomicLong();
    final CompletableFuture<Boolean> failed = new CompletableFuture<>();
    volatile boolean refuses;

    @Override
    public void save(List<String> references, @Nullable Platform platform, OutputStream tar)
        throws IOException {
      if (references.contains("missing")) {
        throw new EngineException(EngineException.Kind.NOT_FOUND, "No such image: missing");
      }
      for (int i = 0; i < 64; i++) {
        tar.write(new byte[1 << 20]);
      }
    }

    @Override
    public List<ImageDetails> load(
        InputStream archive, @Nullable Platform platform, ProgressListener progress)
        throws IOException {
      if (refuses) {
        throw new EngineException(EngineException.Kind.INVALID, "no archive");
      }
      byte[] chunk = new byte[1 << 16];
      try {
        for (int n; (n = archive.read(chunk)) >= 0; ) {
          read.addAndGet(n);
        }
      } catch (IOException e) {
        failed.complete(true);
        throw e;
      }
      progress.progress(ProgressListener.Progress.line("Loaded image: x:y"));
      return List.of();
    }

    @Override
    public ImageDetails importTar(
        ImportRequest request, @Nullable InputStream tar, ProgressListener progress) {
      throw new UnsupportedOperationException();
    }
  }

  @BeforeEach
  void serveArchives() {
    engine.services.archiveService = archives;
  }

  private SocketChannel connect() throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel.connect(UnixDomainSocketAddress.of(engine.socket));
    return channel;
  }

  private static void send(SocketChannel channel, String text) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(UTF_8));
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  private static void body(SocketChannel channel, long size) throws IOException {
    ByteBuffer chunk = ByteBuffer.allocate(1 << 16);
    for (long left = size; left > 0; ) {
      chunk.clear().limit((int) Math.min(chunk.capacity(), left));
      while (chunk.hasRemaining()) {
        left -= channel.write(chunk);
      }
    }
  }

  private static String answer(SocketChannel channel, String until) throws IOException {
    StringBuilder all = new StringBuilder();
    ByteBuffer bytes = ByteBuffer.allocate(1 << 16);
    while (all.indexOf(until) < 0) {
      if (channel.read(bytes.clear()) < 0) {
        break;
      }
      all.append(UTF_8.decode(bytes.flip()));
    }
    return all.toString();
  }

  /** Many pieces of it: so many wait at most, and the client is held back. */
  @Test
  void aBodyThatComesBeforeTheRequestAheadOfItIsAnsweredIsReadToItsEnd() throws Exception {
    String id = engine.create("{\"Image\":\"fake\",\"Cmd\":[\"sleep\"]}");
    engine.call("POST", "/containers/" + id + "/start");
    try (SocketChannel client = connect()) {
      send(
          client,
          "POST /containers/"
              + id
              + "/wait HTTP/1.1\r\nHost: x\r\n\r\n"
              + "POST /images/load HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
              + "1\r\nx\r\n".repeat(200));
      Thread.sleep(100);
      engine.call("POST", "/containers/" + id + "/kill");
      answer(client, "StatusCode");
      send(client, "1\r\nx\r\n".repeat(200) + "0\r\n\r\n");
      assertTrue(answer(client, "Loaded image").contains("200 OK"));
      assertEquals(400, archives.read.get());
    }
  }

  @Test
  void whoLeavesIsNotWarnedOf() throws Exception {
    ListAppender<ILoggingEvent> told = new ListAppender<>();
    told.start();
    Logger log = (Logger) LoggerFactory.getLogger(Exchange.class);
    log.setLevel(Level.DEBUG);
    log.addAppender(told);
    try {
      try (RawClient client = engine.client()) {
        assertEquals(200, client.get("/images/x/get").head().status());
      }
      Eventually.holds("its answer is cut", () -> !told.list.isEmpty());
      assertEquals(Level.DEBUG, told.list.get(0).getLevel());
    } finally {
      log.detachAppender(told);
      log.setLevel(null);
    }
  }

  @Test
  void aBodyMayBeLargerThanMemoryAllowsAndTheConnectionGoesOn() throws IOException {
    try (SocketChannel channel = connect()) {
      for (int round = 0; round < 2; round++) {
        send(
            channel,
            "POST /images/load HTTP/1.1\r\nHost: x\r\nContent-Length: " + LARGE + "\r\n\r\n");
        body(channel, LARGE);
        String answer = answer(channel, "0\r\n\r\n");
        assertTrue(answer.startsWith("HTTP/1.1 200"), answer);
        assertTrue(answer.contains("{\"stream\":\"Loaded image: x:y\\n\"}"), answer);
      }
      assertEquals(2L * LARGE, archives.read.get());
      send(channel, "GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n");
      assertTrue(answer(channel, "OK").contains("200 OK"));
    }
  }

  @Test
  void aRefusalIsHeardByAClientThatStillSends() throws IOException {
    archives.refuses = true;
    try (SocketChannel channel = connect()) {
      send(
          channel,
          "POST /images/load HTTP/1.1\r\nHost: x\r\nContent-Length: " + LARGE + "\r\n\r\n");
      body(channel, LARGE);
      String answer = answer(channel, "0\r\n\r\n");
      assertTrue(answer.startsWith("HTTP/1.1 200"), answer);
      assertTrue(answer.contains("\"error\":\"no archive\""), answer);
      send(channel, "GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n");
      assertTrue(answer(channel, "OK").contains("200 OK"));
    }
  }

  @Test
  void aClientThatLeavesInTheMiddleEndsTheLoad() throws Exception {
    try (SocketChannel channel = connect()) {
      send(
          channel,
          "POST /images/load HTTP/1.1\r\nHost: x\r\nContent-Length: " + LARGE + "\r\n\r\n");
      body(channel, LARGE / 2);
    }
    assertTrue(archives.failed.get(20, TimeUnit.SECONDS));
  }

  @Test
  void aMalformedBodyIsRefusedAndTheConnectionCloses() throws Exception {
    try (RawClient client = engine.client()) {
      client.send(
          "POST /images/load HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
              + "5\r\nhello\r\nzz\r\n");
      RawClient.Answer refusal = client.answer();
      assertTrue(refusal.body().contains("the request's body is malformed"), refusal.body());
      assertEquals("", client.rest());
    }
  }

  @Test
  void whatIsSavedArrivesWholeOrIsRefused() throws IOException {
    try (SocketChannel channel = connect()) {
      send(channel, "GET /images/get?names=a&names=b HTTP/1.0\r\nHost: x\r\n\r\n");
      ByteBuffer bytes = ByteBuffer.allocate(1 << 16);
      long count = 0;
      for (int n; (n = channel.read(bytes.clear())) >= 0; ) {
        count += n;
      }
      assertTrue(count > LARGE, "" + count);
    }
    try (SocketChannel channel = connect()) {
      send(channel, "GET /images/missing/get HTTP/1.1\r\nHost: x\r\n\r\n");
      String answer = answer(channel, "}");
      assertTrue(answer.startsWith("HTTP/1.1 404"), answer);
      assertTrue(answer.contains("No such image: missing"), answer);
    }
  }
}
