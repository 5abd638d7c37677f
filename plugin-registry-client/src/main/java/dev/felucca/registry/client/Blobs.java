package dev.felucca.registry.client;

import dev.felucca.kernel.Digest;
import dev.felucca.kernel.image.ImageReference;
import dev.felucca.kernel.transport.BlobStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the blobs of a repository; {@link Uploads} sends them. */
record Blobs(Session session, ImageReference repository) {
  private static final Pattern RANGE = Pattern.compile("bytes (\\d+)-\\d+/(\\d+|\\*)");

  BlobStream open(Digest blob, long offset) throws IOException {
    UnaryOperator<HttpRequest.Builder> shape =
        b -> offset > 0 ? b.GET().setHeader("Range", "bytes=" + offset + "-") : b.GET();
    HttpResponse<InputStream> response = session.ask(path(blob), shape);
    return switch (response.statusCode()) {
      case 200 ->
          new BlobStream(
              response.body(), 0, response.headers().firstValueAsLong("Content-Length").orElse(-1));
      case 206 -> partial(response, offset);
      default -> throw RegistryErrors.of(HttpDoor.read(response), repository);
    };
  }

  private static BlobStream partial(HttpResponse<InputStream> response, long offset)
      throws IOException {
    String range = response.headers().firstValue("Content-Range").orElse("");
    Matcher matcher = RANGE.matcher(range);
    if (!matcher.matches() || Long.parseLong(matcher.group(1)) != offset) {
      response.body().close();
      throw new IOException(
          response.uri() + " answered a request from byte " + offset + " with range " + range);
    }
    String total = matcher.group(2);
    return new BlobStream(response.body(), offset, total.equals("*") ? -1 : Long.parseLong(total));
  }

  boolean has(Digest blob) throws IOException {
    Answer answer =
        HttpDoor.read(session.ask(path(blob), b -> b.method("HEAD", BodyPublishers.noBody())));
    return switch (answer.status()) {
      case 200 -> true;
      case 404 -> false;
      default -> throw RegistryErrors.of(answer, repository);
    };
  }

  private String path(Digest blob) {
    return repository.path() + "/blobs/" + blob;
  }
}
