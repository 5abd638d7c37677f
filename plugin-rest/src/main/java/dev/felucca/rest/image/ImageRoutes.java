package dev.felucca.rest.image;

import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.rest.http.Dispatcher.Lane.QUERY;
import static dev.felucca.rest.http.Dispatcher.Lane.WORK;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.image.ImageDetails;
import dev.felucca.kernel.image.ImageReference;
import dev.felucca.kernel.image.Images.Removed;
import dev.felucca.rest.KernelServices;
import dev.felucca.rest.http.Exchange;
import dev.felucca.rest.http.Query;
import dev.felucca.rest.http.Request;
import dev.felucca.rest.json.JsonOut;
import dev.felucca.rest.route.Router;
import java.io.IOException;
import java.util.List;

/** The routes of images. */
public final class ImageRoutes {
  private final KernelServices services;

  public ImageRoutes(KernelServices services) {
    this.services = services;
  }

  public void addTo(Router router) {
    router
        .add(QUERY, "GET", "/images/json", this::list)
        .addUpload("POST", "/images/create", new PullRoute(services)::pull);
    new ArchiveRoutes(services).addTo(router);
    new RegistryRoutes(services).addTo(router);
    new UpkeepRoutes(services).addTo(router);
    router
        .add(QUERY, "GET", "/images/{name}/json", this::inspect)
        .add(WORK, "POST", "/images/{name}/tag", this::tag)
        .add(WORK, "DELETE", "/images/{name}", this::remove)
        .unsupported("POST", "/build", "building images")
        .add(QUERY, "POST", "/build/prune", ImageRoutes::pruneBuilds)
        .unsupported("POST", "/build/cancel", "building images");
  }

  /** An engine that builds nothing has no cache of builds; {@code docker system prune} asks. */
  private static void pruneBuilds(Exchange exchange) {
    exchange.json(JsonOut.object(out -> out.nothing("CachesDeleted").number("SpaceReclaimed", 0)));
  }

  private void list(Exchange exchange) {
    Request request = exchange.request();
    List<ImageDetails> images =
        services.images().list(request.query().flag("all"), request.filters());
    exchange.json(ImageJson.list(images, request.version()));
  }

  private void inspect(Exchange exchange) {
    Request request = exchange.request();
    ImageDetails image = services.images().inspect(request.name("name"));
    String driver = services.system().info().drivers().getOrDefault("storage", "");
    exchange.json(ImageJson.inspect(image, driver, request.version()));
  }

  private void tag(Exchange exchange) throws IOException {
    Request request = exchange.request();
    Query query = request.query();
    String tag = query.text("tag");
    ImageReference name = ImageReference.parse(query.text("repo"));
    if (name.digest() != null) {
      throw new EngineException(INVALID, "refusing to create a tag with a digest reference");
    }
    services
        .images()
        .tag(request.name("name"), tag.isEmpty() ? name.withDefaultTag() : name.withTag(tag));
    exchange.empty(201);
  }

  private void remove(Exchange exchange) throws IOException {
    Request request = exchange.request();
    List<Removed> removed =
        services
            .images()
            .remove(
                request.name("name"),
                request.query().flag("force"),
                !request.query().flag("noprune"));
    exchange.json(JsonOut.array(removed, ImageRoutes::step));
  }

  static void step(JsonOut out, Removed step) {
    out.textUnlessEmpty("Untagged", step.untagged()).textUnlessEmpty("Deleted", step.deleted());
  }
}
