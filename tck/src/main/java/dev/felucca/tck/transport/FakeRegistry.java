package dev.felucca.tck.transport;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.felucca.kernel.Digest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A registry in memory, on loopback, that serves what the distribution specification says, and
 * misbehaves where it is told to.
 */
public final class FakeRegistry implements AutoCloseable {
  private static final Pattern ROUTE =
      Pattern.compile("/v2/(.+)/(manifests|blobs|tags)/((?:uploads/)?[^/]*)");
  private static final int UPLOAD_LIMIT = 64 << 20;

  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Map<Digest, byte[]> blobs = new ConcurrentHashMap<>();
  private final Map<String, Entry> manifests = new ConcurrentHashMap<>();
  private final Map<Digest, Fault> faults = new ConcurrentHashMap<>();
  private final Queue<Seen> seen = new ConcurrentLinkedQueue<>();
  private final AtomicInteger failing = new AtomicInteger();
  private final FakeUploads uploads = new FakeUploads(this::blob);
  private volatile Guard guard = exchange -> true;
  private volatile boolean ranges = true;
  private volatile @Nullable Supplier<String> tagsGoOn;

  private record Entry(String mediaType, byte[] bytes) {}

  /** A request as it came. */
  public record Seen(String method, String path, Headers headers) {
    public @Nullable String header(String name) {
      return headers.getFirst(name);
    }
  }

  /** How a blob is served wrongly. */
  @FunctionalInterface
  public interface Fault {
    /** Answers the exchange; false leaves it to be answered properly. */
    boolean serve(HttpExchange exchange, byte[] blob, FakeRegistry registry) throws IOException;
  }

  private interface Guard {
    boolean allows(HttpExchange exchange) throws IOException;
  }

  public FakeRegistry() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  /** Host and port, as a reference begins. */
  public String address() {
    return "127.0.0.1:" + server.getAddress().getPort();
  }

  public Digest blob(byte[] bytes) {
    Digest digest = Digest.sha256(bytes);
    blobs.put(digest, bytes);
    return digest;
  }

  public boolean hasBlob(Digest digest) {
    return blobs.containsKey(digest);
  }

  /** Serves a manifest by its digest and, where one is given, by a tag. */
  public Digest manifest(String repository, @Nullable String tag, String type, String json) {
    Entry entry = new Entry(type, json.getBytes(UTF_8));
    Digest digest = Digest.sha256(entry.bytes());
    manifests.put(repository + "@" + digest, entry);
    if (tag != null) {
      manifests.put(repository + "@" + tag, entry);
    }
    return digest;
  }

  /** Serves {@code bytes} under a digest that isn't theirs. */
  public void falseManifest(String repository, Digest digest, String type, byte[] bytes) {
    manifests.put(repository + "@" + digest, new Entry(type, bytes));
  }

  public void fault(Digest blob, Fault fault) {
    faults.put(blob, fault);
  }

  /** Answers the next {@code count} requests for manifests and blobs with 503. */
  public void failNext(int count) {
    failing.set(count);
  }

  /** Puts a blob where only a mount from {@code repository} brings it out. */
  public Digest elsewhere(String repository, byte[] bytes) {
    return uploads.elsewhere(repository, bytes);
  }

  /** Drops the connection of the next upload in one piece after so many bytes. */
  public void breakUpload(int after) {
    uploads.breakAfter(after);
  }

  /** Sends whoever asks for tags on to an address that {@code next} makes, each time. */
  public void tagsGoOnAt(Supplier<String> next) {
    tagsGoOn = next;
  }

  public void withoutRanges() {
    ranges = false;
  }

  public List<Seen> seen() {
    return List.copyOf(seen);
  }

  /** How often a path that contains {@code part} was asked for with GET. */
  public long gets(String part) {
    return seen.stream().filter(s -> s.method().equals("GET") && s.path().contains(part)).count();
  }

  /** Waits until this registry closes: for faults that say nothing any more. */
  public void hang() {
    try {
      closing.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  public void requireBasic(String user, String password) {
    String right = basic(user, password);
    guard =
        exchange -> {
          if (right.equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
            return true;
          }
          exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"test\"");
          refuse(exchange, 401, "UNAUTHORIZED", "authentication required");
          return false;
        };
  }

  /**
   * Wants a bearer token from a token server.
   *
   * @param realm where tokens are, such as that of a {@link FakeTokens}
   * @param token the one that is right
   */
  public void requireToken(String realm, String token) {
    guard =
        exchange -> {
          if (("Bearer " + token).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
            return true;
          }
          exchange
              .getResponseHeaders()
              .set(
                  "WWW-Authenticate",
                  "Bearer realm=\"" + realm + "\",service=\"fake\",scope=\"repository:any:pull\"");
          refuse(exchange, 401, "UNAUTHORIZED", "authentication required");
          return false;
        };
  }

  static String basic(String user, String password) {
    return "Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(UTF_8));
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      seen.add(new Seen(exchange.getRequestMethod(), path, copy(exchange.getRequestHeaders())));
      if (!guard.allows(exchange)) {
        return;
      }
      Matcher route = ROUTE.matcher(path);
      if (path.equals("/v2/")) {
        send(exchange, 200, "{}".getBytes(UTF_8));
      } else if (path.equals("/v2/_catalog")) {
        send(exchange, 200, catalog().getBytes(UTF_8));
      } else if (!route.matches()) {
        send(exchange, 404, new byte[0]);
      } else if (failing.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
        send(exchange, 503, "overloaded".getBytes(UTF_8));
      } else {
        route(exchange, route.group(1), route.group(2), route.group(3));
      }
    }
  }

  private void route(HttpExchange exchange, String repository, String kind, String name)
      throws IOException {
    switch (kind) {
      case "manifests" -> manifests(exchange, repository, name);
      case "tags" -> tags(exchange, repository);
      default -> {
        if (name.startsWith("uploads/")) {
          uploads.answer(exchange, repository);
        } else {
          serveBlob(exchange, Digest.parse(name));
        }
      }
    }
  }

  private void manifests(HttpExchange exchange, String repository, String name) throws IOException {
    if (exchange.getRequestMethod().equals("PUT")) {
      String type = exchange.getRequestHeaders().getFirst("Content-Type");
      String json = new String(exchange.getRequestBody().readNBytes(UPLOAD_LIMIT), UTF_8);
      Digest digest = manifest(repository, name.contains(":") ? null : name, type, json);
      exchange.getResponseHeaders().set("Docker-Content-Digest", digest.toString());
      send(exchange, 201, new byte[0]);
      return;
    }
    Entry entry = manifests.get(repository + "@" + name);
    if (entry == null) {
      boolean known = manifests.keySet().stream().anyMatch(k -> k.startsWith(repository + "@"));
      if (known) {
        refuse(exchange, 404, "MANIFEST_UNKNOWN", "manifest unknown");
      } else {
        refuse(exchange, 404, "NAME_UNKNOWN", "repository name not known to registry");
      }
      return;
    }
    exchange.getResponseHeaders().set("Content-Type", entry.mediaType());
    exchange
        .getResponseHeaders()
        .set("Docker-Content-Digest", Digest.sha256(entry.bytes()).toString());
    send(exchange, 200, entry.bytes());
  }

  private String catalog() {
    List<String> names =
        manifests.keySet().stream()
            .map(k -> k.replaceFirst("@.*", ""))
            .distinct()
            .sorted()
            .toList();
    return "{\"repositories\":[\"" + String.join("\",\"", names) + "\"]}";
  }

  /** Two tags a page. */
  private void tags(HttpExchange exchange, String repository) throws IOException {
    List<String> all =
        manifests.keySet().stream()
            .filter(key -> key.startsWith(repository + "@") && !key.contains(":"))
            .map(key -> key.substring(repository.length() + 1))
            .sorted()
            .toList();
    if (all.isEmpty()) {
      refuse(exchange, 404, "NAME_UNKNOWN", "repository name not known to registry");
      return;
    }
    String query = String.valueOf(exchange.getRequestURI().getQuery());
    int from = query.startsWith("last=") ? all.indexOf(query.substring(5)) + 1 : 0;
    int to = Math.min(all.size(), from + 2);
    Supplier<String> on = tagsGoOn;
    if (on != null) {
      exchange.getResponseHeaders().set("Link", "<" + on.get() + ">; rel=\"next\"");
    } else if (to < all.size()) {
      exchange
          .getResponseHeaders()
          .set(
              "Link",
              "</v2/" + repository + "/tags/list?last=" + all.get(to - 1) + ">; rel=\"next\"");
    }
    String list = String.join("\",\"", all.subList(from, to));
    send(exchange, 200, ("{\"tags\":[\"" + list + "\"]}").getBytes(UTF_8));
  }

  private void serveBlob(HttpExchange exchange, Digest digest) throws IOException {
    byte[] bytes = blobs.get(digest);
    if (bytes == null) {
      refuse(exchange, 404, "BLOB_UNKNOWN", "blob unknown to registry");
      return;
    }
    Fault fault = faults.get(digest);
    if (fault != null && fault.serve(exchange, bytes, this)) {
      return;
    }
    int from = from(exchange);
    if (from > 0 && ranges) {
      exchange
          .getResponseHeaders()
          .set("Content-Range", "bytes " + from + "-" + (bytes.length - 1) + "/" + bytes.length);
      send(exchange, 206, Arrays.copyOfRange(bytes, from, bytes.length));
    } else {
      send(exchange, 200, bytes);
    }
  }

  /** Where a range request wants to begin, or 0. */
  static int from(HttpExchange exchange) {
    String range = exchange.getRequestHeaders().getFirst("Range");
    return range == null ? 0 : Integer.parseInt(range.replaceFirst("bytes=(\\d+)-", "$1"));
  }

  static void refuse(HttpExchange exchange, int status, String code, String message)
      throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    send(
        exchange,
        status,
        ("{\"errors\":[{\"code\":\"" + code + "\",\"message\":\"" + message + "\"}]}")
            .getBytes(UTF_8));
  }

  static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.getResponseHeaders().set("Content-Length", "" + body.length);
      exchange.sendResponseHeaders(status, -1);
      return;
    }
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    if (body.length > 0) {
      exchange.getResponseBody().write(body);
      exchange.getResponseBody().close();
    }
  }

  private static Headers copy(Headers headers) {
    Headers copy = new Headers();
    headers.forEach((name, values) -> values.forEach(value -> copy.add(name, value)));
    return copy;
  }

  @Override
  public void close() {
    closing.countDown();
    server.stop(0);
    threads.shutdownNow();
  }
}
