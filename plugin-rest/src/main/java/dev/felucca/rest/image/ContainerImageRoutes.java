package dev.felucca.rest.image;

import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.rest.http.Dispatcher.Lane.WORK;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.ContainerConfig;
import dev.felucca.kernel.image.ContainerImages.CommitRequest;
import dev.felucca.kernel.image.ImageDetails;
import dev.felucca.kernel.image.ImageReference;
import dev.felucca.kernel.image.RunConfig;
import dev.felucca.kernel.storage.Change;
import dev.felucca.rest.KernelServices;
import dev.felucca.rest.container.ConfigJson;
import dev.felucca.rest.http.BodyOutput;
import dev.felucca.rest.http.Exchange;
import dev.felucca.rest.http.Query;
import dev.felucca.rest.http.Request;
import dev.felucca.rest.json.JsonIn;
import dev.felucca.rest.json.JsonOut;
import dev.felucca.rest.route.Router;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The routes of containers' file systems. */
public final class ContainerImageRoutes {
  private final KernelServices services;

  public ContainerImageRoutes(KernelServices services) {
    this.services = services;
  }

  public void addTo(Router router) {
    router
        .add(WORK, "POST", "/commit", this::commit)
        .add(WORK, "GET", "/containers/{name}/changes", this::changes)
        .add(WORK, "GET", "/containers/{name}/export", this::export);
  }

  private void commit(Exchange exchange) throws IOException {
    Request request = exchange.request();
    Query query = request.query();
    RunConfig config = config(request);
    String repository = query.text("repo");
    String tag = query.text("tag");
    ImageReference name = null;
    if (!repository.isEmpty()) {
      ImageReference given = ImageReference.parse(repository);
      if (given.digest() != null) {
        throw new EngineException(INVALID, "cannot commit to digest reference");
      }
      name = tag.isEmpty() ? given.withDefaultTag() : given.withTag(tag);
    }
    ImageDetails image =
        services
            .containerImages()
            .commit(
                new CommitRequest(
                    query.text("container"),
                    name,
                    query.text("comment"),
                    query.text("author"),
                    query.all("changes"),
                    config,
                    query.flag("pause", true)));
    exchange.json(201, JsonOut.object(out -> out.text("Id", image.id().toString())));
  }

  /** Null where the client leaves it at the container's own. */
  private static @Nullable RunConfig config(Request request) {
    JsonIn in = request.json();
    String body = new String(request.body(), StandardCharsets.UTF_8).strip();
    if (body.isEmpty() || body.equals("null") || body.equals("{}")) {
      return null;
    }
    ContainerConfig config = ConfigJson.read(in);
    return new RunConfig(
        config.user(),
        config.exposedPorts(),
        config.env(),
        config.entrypoint(),
        config.cmd(),
        config.volumes(),
        config.workingDir(),
        config.labels(),
        config.stopSignal(),
        config.healthcheck(),
        config.shell(),
        config.onBuild());
  }

  private void changes(Exchange exchange) throws IOException {
    List<Change> changes = services.containerImages().changes(exchange.request().name("name"));
    exchange.json(
        JsonOut.array(
            changes,
            (out, change) ->
                out.number("Kind", change.kind().ordinal()).text("Path", change.path())));
  }

  private void export(Exchange exchange) throws IOException {
    try (Interruption interruption = new Interruption(exchange);
        BodyOutput out = new BodyOutput(exchange, "application/octet-stream")) {
      services.containerImages().export(exchange.request().name("name"), out);
      out.finish();
    }
  }
}
