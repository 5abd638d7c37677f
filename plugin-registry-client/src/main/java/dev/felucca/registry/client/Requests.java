package dev.felucca.registry.client;

import static dev.felucca.kernel.EngineException.Kind.UNREACHABLE;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.transport.DialErrors;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.ProtocolException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Redirects and second attempts, for requests that are safe to repeat. */
final class Requests {
  private static final Logger LOG = LoggerFactory.getLogger(Requests.class);
  private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);
  private static final Set<Integer> PASSING = Set.of(429, 500, 502, 503, 504);
  private static final int MOST_REDIRECTS = 10;
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(20);

  private final HttpDoor door;
  private final RegistrySettings settings;

  Requests(HttpDoor door, RegistrySettings settings) {
    this.door = door;
    this.settings = settings;
  }

  /** One way to get a response; each attempt calls it anew. */
  interface Attempt {
    HttpResponse<InputStream> run() throws IOException;
  }

  /**
   * Tries until there is a response that isn't a passing trouble of the server, or attempts are
   * used up: the last response is then answered as it is.
   *
   * @throws EngineException UNREACHABLE when no attempt reached the server
   */
  HttpResponse<InputStream> retrying(String method, URI uri, Attempt attempt) throws IOException {
    for (int n = 1; ; n++) {
      Duration wait = settings.backOff().multipliedBy(1L << (n - 1));
      try {
        HttpResponse<InputStream> response = attempt.run();
        if (!PASSING.contains(response.statusCode()) || n >= settings.attempts()) {
          return response;
        }
        response.body().close();
        Duration asked = retryAfter(response);
        wait = asked == null ? wait : asked;
        LOG.debug("{} {}: {}, again in {}", method, uri, response.statusCode(), wait);
      } catch (ProtocolException e) {
        throw e; // asking again would get the same
      } catch (InterruptedIOException e) {
        if (Thread.currentThread().isInterrupted() || n >= settings.attempts()) {
          throw failed(method, uri, e);
        }
      } catch (IOException e) {
        if (n >= settings.attempts()) {
          throw failed(method, uri, e);
        }
        LOG.debug("{} {}: {}, again in {}", method, uri, e.getMessage(), wait);
      }
      pause(wait);
    }
  }

  /** UNREACHABLE in Docker's words, or the interruption itself. */
  static IOException failed(String method, URI uri, IOException e) {
    if (e instanceof InterruptedIOException && Thread.currentThread().isInterrupted()) {
      return e;
    }
    throw new EngineException(UNREACHABLE, DialErrors.words(method, uri, e), e);
  }

  /**
   * Sends a GET or HEAD and follows where it is sent. {@code authorization} goes to the first host
   * only: a registry's storage is often somebody else's.
   */
  HttpResponse<InputStream> follow(
      URI first, @Nullable String authorization, UnaryOperator<HttpRequest.Builder> shape)
      throws IOException {
    URI uri = first;
    for (int hops = 0; hops <= MOST_REDIRECTS; hops++) {
      HttpRequest.Builder builder = shape.apply(door.request(uri));
      if (authorization != null && sameOrigin(first, uri)) {
        builder.setHeader("Authorization", authorization);
      }
      HttpResponse<InputStream> response = door.send(builder.build());
      String location = response.headers().firstValue("Location").orElse(null);
      if (!REDIRECTS.contains(response.statusCode()) || location == null) {
        return response;
      }
      response.body().close();
      uri = target(uri, location);
    }
    throw new ProtocolException(first + " redirects more than " + MOST_REDIRECTS + " times");
  }

  /** Where a Location leads; refuses other protocols, and plain http where it isn't allowed. */
  URI target(URI from, String location) throws IOException {
    URI to;
    try {
      to = from.resolve(location);
    } catch (IllegalArgumentException e) {
      throw (IOException)
          new ProtocolException(from + " redirects to an address that is none").initCause(e);
    }
    String scheme = String.valueOf(to.getScheme());
    boolean plain = scheme.equals("http");
    if (to.getHost() == null
        || !(scheme.equals("https") || plain)
        || (plain && !settings.plainAllowed(to.getRawAuthority()))) {
      throw new ProtocolException(
          from
              + " redirects to "
              + scheme
              + "://"
              + to.getRawAuthority()
              + ", which isn't allowed");
    }
    return to;
  }

  static boolean sameOrigin(URI one, URI other) {
    return one.getScheme().equals(other.getScheme())
        && one.getRawAuthority().equalsIgnoreCase(other.getRawAuthority());
  }

  private static @Nullable Duration retryAfter(HttpResponse<?> response) {
    String text = response.headers().firstValue("Retry-After").orElse("");
    if (!text.matches("\\d{1,6}")) {
      return null; // a date is allowed too; the ordinary back-off is near enough
    }
    Duration asked = Duration.ofSeconds(Long.parseLong(text));
    return asked.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : asked;
  }

  void pause(Duration wait) throws IOException {
    try {
      Thread.sleep(wait.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted").initCause(e);
    }
  }
}
