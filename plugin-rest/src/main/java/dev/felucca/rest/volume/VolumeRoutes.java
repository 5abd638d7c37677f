package dev.felucca.rest.volume;

import static dev.felucca.kernel.EngineException.Kind.UNAVAILABLE;
import static dev.felucca.rest.http.Dispatcher.Lane.WORK;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.volume.VolumeDetails;
import dev.felucca.kernel.volume.VolumeRequest;
import dev.felucca.kernel.volume.Volumes;
import dev.felucca.rest.KernelServices;
import dev.felucca.rest.http.Exchange;
import dev.felucca.rest.http.Request;
import dev.felucca.rest.json.JsonIn;
import dev.felucca.rest.json.JsonOut;
import dev.felucca.rest.route.Router;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The routes of volumes. */
public final class VolumeRoutes {
  private final KernelServices services;

  public VolumeRoutes(KernelServices services) {
    this.services = services;
  }

  public void addTo(Router router) {
    // A driver is asked in each of them, and may be slow.
    router
        .add(WORK, "GET", "/volumes", this::list)
        .add(WORK, "GET", "/volumes/{name}", this::inspect)
        .add(WORK, "POST", "/volumes/create", this::create)
        .add(WORK, "POST", "/volumes/prune", this::prune)
        .add(WORK, "DELETE", "/volumes/{name}", this::remove)
        .refuse(
            "PUT",
            "/volumes/{name}",
            UNAVAILABLE,
            "volume update only valid for cluster volumes, but swarm is unavailable");
  }

  private void list(Exchange exchange) throws IOException {
    List<VolumeDetails> found = services.volumes().list(exchange.request().filters());
    exchange.json(
        JsonOut.object(
            out -> out.objects("Volumes", found, VolumeRoutes::write).nothing("Warnings")));
  }

  private void inspect(Exchange exchange) throws IOException {
    VolumeDetails volume = services.volumes().inspect(exchange.request().name("name"));
    exchange.json(JsonOut.object(out -> write(out, volume)));
  }

  private void create(Exchange exchange) throws IOException {
    JsonIn body = exchange.request().json();
    if (body.has("ClusterVolumeSpec") && exchange.request().version().atLeast(42)) {
      throw new EngineException(UNAVAILABLE, Router.NO_MANAGER);
    }
    VolumeDetails made =
        services
            .volumes()
            .create(
                new VolumeRequest(
                    body.text("Name"),
                    body.text("Driver"),
                    body.map("DriverOpts"),
                    body.map("Labels")));
    exchange.json(201, JsonOut.object(out -> write(out, made)));
  }

  private void remove(Exchange exchange) throws IOException {
    Request request = exchange.request();
    services.volumes().remove(request.name("name"), request.query().flag("force"));
    exchange.empty(204);
  }

  private void prune(Exchange exchange) throws IOException {
    Request request = exchange.request();
    Map<String, List<String>> filters = new HashMap<>(request.filters());
    if (!request.version().atLeast(42)) {
      // Until 1.41 named volumes were pruned too.
      filters.putIfAbsent("all", List.of("true"));
    }
    Volumes.Pruned pruned = services.volumes().prune(filters);
    exchange.json(
        JsonOut.object(
            out ->
                out.texts("VolumesDeleted", pruned.names())
                    .number("SpaceReclaimed", pruned.bytes())));
  }

  /** As disk usage shows it. */
  public static void write(JsonOut out, VolumeDetails volume, long bytes) {
    write(out, volume);
    out.object(
        "UsageData",
        usage -> usage.number("Size", bytes).number("RefCount", volume.users().size()));
  }

  private static void write(JsonOut out, VolumeDetails volume) {
    out.time("CreatedAt", volume.created())
        .text("Driver", volume.driver())
        .mapOrNull("Labels", volume.labels())
        .text("Mountpoint", volume.mountpoint())
        .text("Name", volume.name())
        .mapOrNull("Options", volume.options())
        .text("Scope", "local");
  }
}
