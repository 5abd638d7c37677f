package dev.felucca.engine.image;

import static dev.felucca.kernel.EngineException.Kind.FORBIDDEN;
import static dev.felucca.kernel.EngineException.Kind.INTERNAL;
import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;
import static dev.felucca.kernel.EngineException.Kind.UNAUTHORIZED;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.image.ProgressListener;
import dev.felucca.kernel.image.ProgressListener.Progress;
import dev.felucca.kernel.transport.DialErrors;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Fetches what an address names, to be read as it comes. */
final class Fetch {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** What is read of an answer that refuses. */
  private static final int WORDS = 4096;

  private final ProgressListener progress;

  Fetch(ProgressListener progress) {
    this.progress = progress;
  }

  /** INVALID for what is no address, NOT_FOUND for what isn't there. */
  InputStream open(String address) throws IOException {
    URI uri;
    try {
      // Docker takes addresses without a scheme for http.
      uri = URI.create(address.contains("://") ? address : "http://" + address);
    } catch (IllegalArgumentException e) {
      throw new EngineException(INVALID, "invalid address " + address, e);
    }
    if (uri.getHost() == null || !uri.getScheme().matches("https?")) {
      throw new EngineException(INVALID, "invalid address " + address);
    }
    HttpClient client =
        HttpClient.newBuilder()
            .followRedirects(HttpClient.Redirect.NORMAL)
            .connectTimeout(PATIENCE)
            .build();
    HttpResponse<InputStream> response = get(client, uri);
    if (response.statusCode() >= 400) {
      throw refused(uri, response);
    }
    // Only now: what went wrong before it has a status of its own.
    progress.progress(Progress.line("Downloading from " + uri));
    long size = response.headers().firstValueAsLong("Content-Length").orElse(-1);
    Throttle bar =
        new Throttle(
            step ->
                progress.progress(
                    new Progress("import", step.status(), step.current(), step.total())),
            "Importing",
            size);
    return new FilterInputStream(response.body()) {
      private long at;

      @Override
      public int read(byte[] into, int from, int length) throws IOException {
        int n = super.read(into, from, length);
        at += Math.max(0, n);
        bar.at(at);
        return n;
      }
    };
  }

  private static HttpResponse<InputStream> get(HttpClient client, URI uri) throws IOException {
    try {
      return client.send(
          HttpRequest.newBuilder(uri).timeout(PATIENCE).build(),
          HttpResponse.BodyHandlers.ofInputStream());
    } catch (InterruptedException e) {
      throw Failures.interrupted("the download");
    } catch (IOException e) {
      String words = DialErrors.words("GET", uri, e);
      if (DialErrors.unknownHost(e)) {
        throw new EngineException(NOT_FOUND, words, e);
      }
      throw new IOException(words, e);
    }
  }

  private static EngineException refused(URI uri, HttpResponse<InputStream> response)
      throws IOException {
    String words;
    try (InputStream body = response.body()) {
      words = new String(body.readNBytes(WORDS), StandardCharsets.UTF_8).strip();
    }
    return new EngineException(
        switch (response.statusCode()) {
          case 400 -> INVALID;
          case 401 -> UNAUTHORIZED;
          case 403 -> FORBIDDEN;
          case 404 -> NOT_FOUND;
          default -> INTERNAL;
        },
        "failed to GET " + uri + " with status " + response.statusCode() + ": " + words);
  }
}
