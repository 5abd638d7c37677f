package dev.felucca.rest.image;

import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.rest.http.Dispatcher.Lane.WORK;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.Platform;
import dev.felucca.kernel.image.ProgressListener;
import dev.felucca.rest.KernelServices;
import dev.felucca.rest.http.BodyOutput;
import dev.felucca.rest.http.Exchange;
import dev.felucca.rest.http.Query;
import dev.felucca.rest.route.Router;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The routes of saved images. */
final class ArchiveRoutes {
  private final KernelServices services;

  ArchiveRoutes(KernelServices services) {
    this.services = services;
  }

  void addTo(Router router) {
    router
        .add(WORK, "GET", "/images/get", e -> save(e, e.request().query().all("names")))
        .add(WORK, "GET", "/images/{name}/get", e -> save(e, List.of(e.request().name("name"))))
        .addUpload("POST", "/images/load", this::load);
  }

  private void save(Exchange exchange, List<String> names) throws IOException {
    Platform platform = platform(exchange.request().query());
    try (Interruption interruption = new Interruption(exchange);
        BodyOutput out = new BodyOutput(exchange, "application/x-tar")) {
      services.imageArchives().save(names, platform, out);
      out.finish();
    }
  }

  private void load(Exchange exchange) {
    Query query = exchange.request().query();
    Platform platform = platform(query);
    boolean quiet = query.flag("quiet");
    PullStream stream = new PullStream(exchange);
    ProgressListener progress =
        step -> {
          if (step.id() == null) {
            stream.line(ProgressJson.line(out -> out.text("stream", step.status() + "\n")));
          } else if (!quiet) {
            stream.progress(step);
          }
        };
    try (Interruption interruption = new Interruption(exchange);
        InputStream body = exchange.upload()) {
      services.imageArchives().load(body, platform, progress);
    } catch (IOException | RuntimeException e) {
      stream.failedInStream(e);
      return;
    }
    stream.succeeded();
  }

  /** One as {@code linux/arm64}, or the JSON object of newer clients. */
  static @Nullable Platform platform(Query query) {
    if (query.all("platform").size() > 1) {
      throw new EngineException(INVALID, "multiple platform parameters not supported");
    }
    String text = query.text("platform");
    return text.isEmpty() ? null : PlatformJson.read(text);
  }
}
