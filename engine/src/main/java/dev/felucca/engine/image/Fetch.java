package dev.felucca.engine.image;

import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.image.ProgressListener;
import dev.felucca.kernel.image.ProgressListener.Progress;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** Fetches what an address names, to be read as it comes. */
final class Fetch {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
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
    progress.progress(Progress.line("Downloading from " + uri));
    HttpClient client =
        HttpClient.newBuilder()
            .followRedirects(HttpClient.Redirect.NORMAL)
            .connectTimeout(PATIENCE)
            .build();
    HttpResponse<InputStream> response;
    try {
      response =
          client.send(
              HttpRequest.newBuilder(uri).timeout(PATIENCE).build(),
              HttpResponse.BodyHandlers.ofInputStream());
    } catch (InterruptedException e) {
      throw Failures.interrupted("the download");
    }
    if (response.statusCode() != 200) {
      response.body().close();
      throw new EngineException(
          NOT_FOUND, "cannot fetch " + uri + ": status " + response.statusCode());
    }
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
}
