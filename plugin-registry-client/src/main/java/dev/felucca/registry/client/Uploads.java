package dev.felucca.registry.client;

import static dev.felucca.kernel.EngineException.Kind.UNREACHABLE;

import dev.felucca.kernel.Digest;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.image.Descriptor;
import dev.felucca.kernel.image.ImageReference;
import dev.felucca.kernel.transport.BlobSource;
import dev.felucca.kernel.transport.Manifest;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends blobs and manifests to a registry. A blob goes in one piece; when that breaks, what the
 * registry has of it is asked for and the rest follows in pieces.
 */
final class Uploads {
  private static final Logger LOG = LoggerFactory.getLogger(Uploads.class);
  private static final int PIECE = 16 << 20;
  private static final Pattern RANGE = Pattern.compile("(?:bytes=)?0-(\\d+)");

  private final HttpDoor door;
  private final Requests requests;
  private final RegistrySettings settings;
  private final Session session;

  Uploads(HttpDoor door, Requests requests, RegistrySettings settings, Session session) {
    this.door = door;
    this.requests = requests;
    this.settings = settings;
    this.session = session;
  }

  /** True when the registry has taken the blob over from another of its repositories. */
  boolean mount(ImageReference repository, Digest blob, String from) throws IOException {
    URI uri =
        session.at(
            repository.path()
                + "/blobs/uploads/?mount="
                + URLEncoder.encode(blob.toString(), StandardCharsets.UTF_8)
                + "&from="
                + URLEncoder.encode(from, StandardCharsets.UTF_8));
    HttpResponse<InputStream> answer = send("POST", uri, BodyPublishers.noBody());
    answer.body().close();
    if (answer.statusCode() == 202) {
      cancel(uri, answer);
    }
    return answer.statusCode() == 201;
  }

  /** A registry that cannot mount has begun an upload instead. */
  private void cancel(URI from, HttpResponse<?> answer) throws IOException {
    String location = answer.headers().firstValue("Location").orElse(null);
    if (location != null) {
      send("DELETE", requests.target(from, location), BodyPublishers.noBody()).body().close();
    }
  }

  void blob(ImageReference repository, Descriptor blob, BlobSource content) throws IOException {
    URI place = begin(repository);
    boolean pieces = settings.chunk() > 0;
    long offset = 0;
    for (int fruitless = 0; ; ) {
      long before = offset;
      try {
        if (!pieces) {
          whole(repository, blob, content, place);
          return;
        }
        while (offset < blob.size()) {
          long n = Math.min(settings.chunk() > 0 ? settings.chunk() : PIECE, blob.size() - offset);
          place = piece(repository, content, place, offset, n);
          offset += n;
        }
        finish(repository, blob, place);
        return;
      } catch (IOException | EngineException e) {
        boolean refused = e instanceof EngineException refusal && refusal.kind() != UNREACHABLE;
        fruitless = offset > before ? 1 : fruitless + 1;
        if (refused || Thread.currentThread().isInterrupted() || fruitless >= settings.attempts()) {
          throw e;
        }
        LOG.debug("upload of {} broke off: {}", blob.digest(), e.getMessage());
      }
      requests.pause(settings.backOff().multipliedBy(1L << (fruitless - 1)));
      pieces = true;
      Progress there = progress(place);
      if (there == null) {
        place = begin(repository);
        offset = 0;
      } else {
        place = there.place();
        offset = there.offset();
      }
    }
  }

  private record Progress(URI place, long offset) {}

  /** How much the registry has, or null when it has forgotten the upload. */
  private @Nullable Progress progress(URI place) throws IOException {
    HttpResponse<InputStream> answer =
        requests.retrying("GET", place, () -> send("GET", place, BodyPublishers.noBody()));
    answer.body().close();
    if (answer.statusCode() / 100 != 2) {
      return null;
    }
    Matcher range = RANGE.matcher(answer.headers().firstValue("Range").orElse(""));
    // An empty upload is 0-0, too: the one byte that may be there is sent again.
    long last = range.matches() ? Long.parseLong(range.group(1)) : 0;
    return new Progress(next(place, answer), last == 0 ? 0 : last + 1);
  }

  private URI begin(ImageReference repository) throws IOException {
    URI start = session.at(repository.path() + "/blobs/uploads/");
    HttpResponse<InputStream> opened =
        requests.retrying("POST", start, () -> send("POST", start, BodyPublishers.noBody()));
    String location = opened.headers().firstValue("Location").orElse(null);
    if (opened.statusCode() != 202 || location == null) {
      throw RegistryErrors.of(HttpDoor.read(opened), repository);
    }
    opened.body().close();
    return requests.target(start, location);
  }

  private void whole(ImageReference repository, Descriptor blob, BlobSource content, URI place)
      throws IOException {
    try (InputStream in = content.open(0)) {
      check(repository, put(digestAt(place, blob), in, blob.size(), "PUT", null));
    }
  }

  private URI piece(
      ImageReference repository, BlobSource content, URI place, long offset, long length)
      throws IOException {
    try (InputStream in = content.open(offset)) {
      HttpResponse<InputStream> answer =
          put(place, in, length, "PATCH", offset + "-" + (offset + length - 1));
      if (answer.statusCode() == 416) {
        answer.body().close();
        throw new IOException(place.getRawAuthority() + " has another part of it than we sent");
      }
      check(repository, answer);
      return next(place, answer);
    }
  }

  private void finish(ImageReference repository, Descriptor blob, URI place) throws IOException {
    check(repository, send("PUT", digestAt(place, blob), BodyPublishers.noBody()));
  }

  private static URI digestAt(URI place, Descriptor blob) {
    return URI.create(
        place + (place.getRawQuery() == null ? "?" : "&") + "digest=" + blob.digest());
  }

  private URI next(URI place, HttpResponse<?> answer) throws IOException {
    String location = answer.headers().firstValue("Location").orElse(null);
    return location == null ? place : requests.target(place, location);
  }

  private static void check(ImageReference repository, HttpResponse<InputStream> answer)
      throws IOException {
    if (answer.statusCode() / 100 != 2) {
      throw RegistryErrors.of(HttpDoor.read(answer), repository);
    }
    answer.body().close();
  }

  Digest manifest(ImageReference reference, Manifest manifest) throws IOException {
    Digest digest = manifest.descriptor().digest();
    String name = reference.tag() != null ? reference.tag() : digest.toString();
    URI uri = session.at(reference.path() + "/manifests/" + name);
    Answer answer =
        HttpDoor.read(
            requests.retrying(
                "PUT",
                uri,
                () ->
                    session.authorised(
                        header ->
                            door.send(
                                request(uri, header)
                                    .header("Content-Type", manifest.descriptor().mediaType())
                                    .PUT(BodyPublishers.ofByteArray(manifest.bytes()))
                                    .build()))));
    if (answer.status() / 100 != 2) {
      throw RegistryErrors.of(answer, reference);
    }
    return digest;
  }

  private HttpResponse<InputStream> send(String method, URI uri, BodyPublisher body)
      throws IOException {
    return session.authorised(
        header -> door.send(request(uri, header).method(method, body).build()));
  }

  /** Sends bytes once: the stream cannot be read again, and the session was authorised just now. */
  private HttpResponse<InputStream> put(
      URI uri, InputStream in, long length, String method, @Nullable String range)
      throws IOException {
    AtomicLong lastSign = new AtomicLong(System.nanoTime());
    BodyPublisher body = UploadBody.of(in, length, lastSign);
    try {
      return session.authorised(
          header -> {
            HttpRequest.Builder builder =
                request(uri, header).header("Content-Type", "application/octet-stream");
            if (range != null) {
              builder.header("Content-Range", range);
            }
            return door.send(builder.method(method, body).build(), lastSign);
          });
    } catch (IOException e) {
      throw Requests.failed(method, uri, e);
    }
  }

  /** Credentials are for the registry itself, not for where it has its uploads sent. */
  private HttpRequest.Builder request(URI uri, @Nullable String authorization) {
    HttpRequest.Builder builder = door.request(uri);
    return authorization == null || !Requests.sameOrigin(session.at(""), uri)
        ? builder
        : builder.setHeader("Authorization", authorization);
  }
}
