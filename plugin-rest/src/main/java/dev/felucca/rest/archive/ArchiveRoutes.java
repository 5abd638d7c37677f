package dev.felucca.rest.archive;

import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.rest.http.Dispatcher.Lane.WORK;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.storage.PathStat;
import dev.felucca.rest.KernelServices;
import dev.felucca.rest.http.BodyOutput;
import dev.felucca.rest.http.Exchange;
import dev.felucca.rest.http.Request;
import dev.felucca.rest.json.JsonOut;
import dev.felucca.rest.route.Router;
import java.io.IOException;
import java.io.InputStream;
import java.util.Base64;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;

/** {@code /containers/{id}/archive}: files of a container as tars. */
public final class ArchiveRoutes {
  private static final String STAT = "X-Docker-Container-Path-Stat";
  private static final String TAR = "application/x-tar";

  private final KernelServices services;

  public ArchiveRoutes(KernelServices services) {
    this.services = services;
  }

  public void addTo(Router router) {
    router
        .add(WORK, "HEAD", "/containers/{id}/archive", this::stat)
        .add(WORK, "GET", "/containers/{id}/archive", this::get)
        .addUpload("PUT", "/containers/{id}/archive", this::put);
  }

  private static String path(Request request) {
    String path = request.query().text("path");
    if (path.isEmpty()) {
      throw new EngineException(INVALID, "missing parameter in query: path");
    }
    return path;
  }

  private void stat(Exchange exchange) throws IOException {
    Request request = exchange.request();
    PathStat stat = services.files().stat(request.name("id"), path(request));
    exchange.reply(200, null, new byte[0], Map.of(STAT, header(stat)));
  }

  private void get(Exchange exchange) throws IOException {
    Request request = exchange.request();
    AtomicReference<BodyOutput> body = new AtomicReference<>();
    try {
      services
          .files()
          .get(
              request.name("id"),
              path(request),
              stat -> {
                BodyOutput out = new BodyOutput(exchange, TAR, Map.of(STAT, header(stat)));
                body.set(out);
                return out;
              });
      Objects.requireNonNull(body.get(), "no tar was begun").finish();
    } finally {
      BodyOutput begun = body.get();
      if (begun != null) {
        begun.close();
      }
    }
  }

  private void put(Exchange exchange) throws IOException {
    Request request = exchange.request();
    try (InputStream tar = exchange.upload()) {
      services
          .files()
          .put(
              request.name("id"), path(request), tar, request.query().flag("noOverwriteDirNonDir"));
    }
    exchange.empty(200);
  }

  private static String header(PathStat stat) {
    return Base64.getEncoder()
        .encodeToString(
            JsonOut.object(
                out ->
                    out.text("name", stat.name())
                        .number("size", stat.size())
                        .number("mode", goMode(stat.mode()))
                        .time("mtime", stat.modified())
                        .text("linkTarget", stat.linkTarget())));
  }

  /** Go's os.FileMode, which keeps the types in bits of its own. */
  static long goMode(int mode) {
    long type =
        switch (mode & 0170000) {
          case 0040000 -> 1L << 31;
          case 0120000 -> 1L << 27;
          case 0060000 -> 1L << 26;
          case 0020000 -> 1L << 26 | 1L << 21;
          case 0010000 -> 1L << 25;
          case 0140000 -> 1L << 24;
          default -> 0;
        };
    return type
        | mode & 0777
        | ((mode & 04000) != 0 ? 1L << 23 : 0)
        | ((mode & 02000) != 0 ? 1L << 22 : 0)
        | ((mode & 01000) != 0 ? 1L << 20 : 0);
  }
}
