package dev.felucca.tck.transport;

import com.sun.net.httpserver.HttpExchange;
import dev.felucca.kernel.Digest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The uploads of a {@link FakeRegistry}: in one piece, in several, resumed, and mounts. */
final class FakeUploads {
  private static final int LIMIT = 64 << 20;
  private static final Pattern DIGEST = Pattern.compile("digest=(sha256:[0-9a-f]{64})");
  private static final Pattern MOUNT = Pattern.compile("mount=(sha256:[0-9a-f]{64})&from=([^&]+)");

  private final Consumer<byte[]> blobs;
  private final Map<String, byte[]> elsewhere = new ConcurrentHashMap<>();
  private final Map<String, ByteArrayOutputStream> open = new ConcurrentHashMap<>();
  private final AtomicInteger next = new AtomicInteger();
  private final AtomicInteger breakAfter = new AtomicInteger(-1);

  FakeUploads(Consumer<byte[]> blobs) {
    this.blobs = blobs;
  }

  Digest elsewhere(String repository, byte[] bytes) {
    Digest digest = Digest.sha256(bytes);
    elsewhere.put(repository + "@" + digest, bytes);
    return digest;
  }

  void breakAfter(int bytes) {
    breakAfter.set(bytes);
  }

  void answer(HttpExchange exchange, String repository) throws IOException {
    String query = String.valueOf(exchange.getRequestURI().getQuery());
    String path = exchange.getRequestURI().getPath();
    String id = path.substring(path.lastIndexOf('/') + 1);
    if (exchange.getRequestMethod().equals("POST")) {
      Matcher mount = MOUNT.matcher(query);
      byte[] there = mount.find() ? elsewhere.get(mount.group(2) + "@" + mount.group(1)) : null;
      if (there != null) {
        blobs.accept(there);
        FakeRegistry.send(exchange, 201, new byte[0]);
        return;
      }
      String fresh = "upload" + next.incrementAndGet();
      open.put(fresh, new ByteArrayOutputStream());
      locate(exchange, repository, fresh);
      FakeRegistry.send(exchange, 202, new byte[0]);
      return;
    }
    ByteArrayOutputStream session = open.get(id);
    if (session == null) {
      FakeRegistry.refuse(exchange, 404, "BLOB_UPLOAD_UNKNOWN", "upload unknown");
      return;
    }
    locate(exchange, repository, id);
    switch (exchange.getRequestMethod()) {
      case "GET" -> {
        exchange.getResponseHeaders().set("Range", "0-" + Math.max(0, session.size() - 1));
        FakeRegistry.send(exchange, 204, new byte[0]);
      }
      case "DELETE" -> {
        open.remove(id);
        FakeRegistry.send(exchange, 204, new byte[0]);
      }
      case "PATCH" -> piece(exchange, session);
      default -> finish(exchange, id, session, query);
    }
  }

  private static void locate(HttpExchange exchange, String repository, String id) {
    exchange
        .getResponseHeaders()
        .set("Location", "/v2/" + repository + "/blobs/uploads/" + id + "?state=x");
  }

  private static void piece(HttpExchange exchange, ByteArrayOutputStream session)
      throws IOException {
    String range = String.valueOf(exchange.getRequestHeaders().getFirst("Content-Range"));
    if (!range.startsWith(session.size() + "-")) {
      FakeRegistry.refuse(exchange, 416, "RANGE_INVALID", "have " + session.size());
      return;
    }
    session.write(exchange.getRequestBody().readNBytes(LIMIT));
    FakeRegistry.send(exchange, 202, new byte[0]);
  }

  private void finish(HttpExchange exchange, String id, ByteArrayOutputStream session, String query)
      throws IOException {
    int broken = breakAfter.getAndSet(-1);
    session.write(exchange.getRequestBody().readNBytes(broken >= 0 ? broken : LIMIT));
    if (broken >= 0) {
      throw new IOException("broken on purpose");
    }
    Matcher digest = DIGEST.matcher(query);
    byte[] bytes = session.toByteArray();
    if (!digest.find() || !Digest.sha256(bytes).toString().equals(digest.group(1))) {
      FakeRegistry.refuse(
          exchange, 400, "DIGEST_INVALID", "provided digest did not match uploaded content");
      return;
    }
    open.remove(id);
    blobs.accept(bytes);
    FakeRegistry.send(exchange, 201, new byte[0]);
  }
}
