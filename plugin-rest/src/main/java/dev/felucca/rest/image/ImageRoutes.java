package dev.felucca.rest.image;

import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.rest.http.Dispatcher.Lane.QUERY;
import static dev.felucca.rest.http.Dispatcher.Lane.WORK;

import dev.felucca.kernel.Digest;
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
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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
    Query query = request.query();
    Map<String, List<String>> filters = new LinkedHashMap<>(request.filters());
    if (!request.version().atLeast(41) && !query.text("filter").isEmpty()) {
      filters.put("reference", List.of(query.text("filter")));
    }
    List<ImageDetails> images = services.images().list(query.flag("all"), filters);
    Map<Digest, Long> shared = new HashMap<>();
    if (query.flag("shared-size") && request.version().atLeast(42)) {
      services
          .imageUpkeep()
          .usage()
          .images()
          .forEach(one -> shared.put(one.image().id(), one.shared()));
    }
    exchange.json(ImageJson.list(images, shared, request.version()));
  }

  private void inspect(Exchange exchange) {
    Request request = exchange.request();
    Query query = request.query();
    ImageDetails image = services.images().inspect(request.name("name"));
    if (query.flag("manifests") && !query.text("platform").isEmpty()) {
      throw new EngineException(
          INVALID, "conflicting options: manifests and platform options cannot both be set");
    }
    PlatformJson.check(image, request, 49);
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
    List<String> platforms = request.query().all("platforms");
    if (request.version().atLeast(50) && !platforms.isEmpty()) {
      if (platforms.size() > 1) {
        throw new EngineException(INVALID, "multiple platforms are not supported");
      }
      PlatformJson.check(
          services.images().inspect(request.name("name")),
          request.name("name"),
          PlatformJson.read(platforms.get(0)));
    }
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
