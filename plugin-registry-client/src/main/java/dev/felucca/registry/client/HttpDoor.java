package dev.felucca.registry.client;

import dev.felucca.kernel.transport.DialErrors;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import javax.net.ssl.SSLContext;

/** Sends one request and answers with its headers and a body that is still to be read. */
final class HttpDoor implements AutoCloseable {
  private static final int SMALL_BODY = 4 << 20;

  private final RegistrySettings settings;
  private final String userAgent;
  private final Predicate<String> unverified;
  private final AtomicInteger threads = new AtomicInteger();
  private final ExecutorService executor =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "registry-" + threads.incrementAndGet());
            thread.setDaemon(true);
            return thread;
          });
  private final Certificates certificates;
  private final Map<String, Client> clients = new HashMap<>();

  /** A client, and what its certificates were read from. */
  private record Client(Certificates.Found certificates, HttpClient http) {}

  HttpDoor(RegistrySettings settings, String userAgent) {
    this(settings, userAgent, settings::unverified);
  }

  /**
   * @param unverified which hosts may show any certificate
   */
  HttpDoor(RegistrySettings settings, String userAgent, Predicate<String> unverified) {
    this.unverified = unverified;
    this.settings = settings;
    this.certificates = new Certificates(settings.certificates());
    this.userAgent = userAgent;
  }

  HttpRequest.Builder request(URI uri) {
    return HttpRequest.newBuilder(uri)
        // Over plain http the JDK would ask for an upgrade, which confuses old proxies.
        .version(uri.getScheme().equals("https") ? Version.HTTP_2 : Version.HTTP_1_1)
        .setHeader("User-Agent", userAgent);
  }

  HttpResponse<InputStream> send(HttpRequest request) throws IOException {
    return send(request, new AtomicLong(System.nanoTime()));
  }

  /**
   * Sends and waits for the headers.
   *
   * @param lastSign when the other side last took something from us, as {@link System#nanoTime}: an
   *     upload may take long before its answer comes
   */
  HttpResponse<InputStream> send(HttpRequest request, AtomicLong lastSign) throws IOException {
    Duration silence = settings.silence();
    CompletableFuture<HttpResponse<InputStream>> coming =
        client(request.uri()).sendAsync(request, info -> new BodyStream(silence));
    long allowed = silence.plus(settings.connect()).toNanos();
    try {
      while (true) {
        long left = lastSign.get() + allowed - System.nanoTime();
        if (left <= 0) {
          coming.cancel(true);
          throw new SocketTimeoutException("no answer for " + silence.toSeconds() + " seconds");
        }
        try {
          return coming.get(left, TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
          continue; // unless there was a sign of life meanwhile, the next round gives up
        }
      }
    } catch (InterruptedException e) {
      coming.cancel(true);
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted").initCause(e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException io) {
        throw io;
      }
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IOException(DialErrors.message(cause), cause);
    }
  }

  /** Reads a response to its end; an IOException when it is larger than 4 MiB. */
  static Answer read(HttpResponse<InputStream> response) throws IOException {
    try (InputStream body = response.body()) {
      byte[] bytes = body.readNBytes(SMALL_BODY + 1);
      if (bytes.length > SMALL_BODY) {
        throw new IOException(response.uri() + " answered with more than 4 MiB");
      }
      return new Answer(
          response.request().method(),
          response.uri(),
          response.statusCode(),
          response.headers(),
          bytes);
    }
  }

  private HttpClient client(URI uri) throws IOException {
    boolean tls = uri.getScheme().equals("https");
    String host = uri.getRawAuthority();
    Certificates.Found found = tls ? certificates.of(host) : Certificates.NONE;
    boolean lenient = tls && unverified.test(host) && !found.vouches();
    // A client each for hosts with certificates of their own; what they show is nobody else's.
    String key = !tls ? "plain" : !found.files().isEmpty() ? host : lenient ? "lenient" : "checked";
    synchronized (clients) {
      Client client = clients.get(key);
      if (client == null || !client.certificates().equals(found)) {
        client = new Client(found, build(tls, found, lenient));
        clients.put(key, client);
      }
      return client.http();
    }
  }

  private HttpClient build(boolean tls, Certificates.Found found, boolean lenient)
      throws IOException {
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .connectTimeout(settings.connect())
            .followRedirects(HttpClient.Redirect.NEVER)
            .proxy(settings.proxies().selector())
            .executor(executor);
    if (!tls) {
      return builder.build();
    }
    SSLContext context = Trust.context(found, lenient);
    return builder.sslContext(context).sslParameters(Trust.preferences(context)).build();
  }

  @Override
  public void close() {
    executor.shutdownNow();
  }
}
