package dev.felucca.registry.client;

import dev.felucca.kernel.Digest;
import dev.felucca.kernel.image.Descriptor;
import dev.felucca.kernel.image.ImageReference;
import dev.felucca.kernel.transport.Manifest;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Sends blobs and manifests to a registry; each blob in one piece. */
final class Uploads {
  private final HttpDoor door;
  private final Requests requests;
  private final Session session;

  Uploads(HttpDoor door, Requests requests, Session session) {
    this.door = door;
    this.requests = requests;
    this.session = session;
  }

  void blob(ImageReference repository, Descriptor blob, InputStream content) throws IOException {
    URI start = session.at(repository.path() + "/blobs/uploads/");
    HttpResponse<InputStream> opened =
        requests.retrying(
            "POST",
            start,
            () ->
                session.authorised(
                    header ->
                        door.send(request(start, header).POST(BodyPublishers.noBody()).build())));
    String location = opened.headers().firstValue("Location").orElse(null);
    if (opened.statusCode() != 202 || location == null) {
      throw RegistryErrors.of(HttpDoor.read(opened), repository);
    }
    opened.body().close();
    URI place = requests.target(start, location);
    URI uri =
        URI.create(place + (place.getRawQuery() == null ? "?" : "&") + "digest=" + blob.digest());
    AtomicLong lastSign = new AtomicLong(System.nanoTime());
    BodyPublisher body = body(content, blob.size(), lastSign);
    HttpResponse<InputStream> done;
    try {
      // Not repeatable: the content is a stream. The session was authorised a moment ago.
      done =
          session.authorised(
              header ->
                  door.send(
                      request(uri, Requests.sameOrigin(start, uri) ? header : null)
                          .header("Content-Type", "application/octet-stream")
                          .PUT(body)
                          .build(),
                      lastSign));
    } catch (IOException e) {
      throw Requests.failed("PUT", uri, e);
    }
    if (done.statusCode() != 201) {
      throw RegistryErrors.of(HttpDoor.read(done), repository);
    }
    done.body().close();
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

  private HttpRequest.Builder request(URI uri, @Nullable String authorization) {
    HttpRequest.Builder builder = door.request(uri);
    return authorization == null ? builder : builder.setHeader("Authorization", authorization);
  }

  private static BodyPublisher body(InputStream content, long size, AtomicLong lastSign) {
    if (size == 0) {
      return BodyPublishers.noBody();
    }
    InputStream noticed =
        new FilterInputStream(content) {
          @Override
          public int read(byte[] into, int from, int length) throws IOException {
            lastSign.set(System.nanoTime());
            return super.read(into, from, length);
          }
        };
    return BodyPublishers.fromPublisher(BodyPublishers.ofInputStream(() -> noticed), size);
  }
}
