package dev.felucca.rest.container;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.Platform;
import dev.felucca.kernel.container.CreateRequest;
import dev.felucca.kernel.container.CreateResult;
import dev.felucca.kernel.container.HostConfig;
import dev.felucca.rest.KernelServices;
import dev.felucca.rest.http.ApiVersion;
import dev.felucca.rest.http.Exchange;
import dev.felucca.rest.http.Request;
import dev.felucca.rest.json.JsonIn;
import dev.felucca.rest.json.JsonOut;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** {@code POST /containers/create}. */
final class CreateRoute {
  /**
   * An annotation {@code dev.felucca.driver.storage=vfs} chooses a driver through a stock client.
   */
  private static final String DRIVER = "dev.felucca.driver.";

  private static final String VOLUME_DRIVER =
      "WARNING: the container-wide volume-driver configuration is ignored for volumes specified via"
          + " 'mount'. Use '--mount type=volume,volume-driver=...' instead";

  private final KernelServices services;

  CreateRoute(KernelServices services) {
    this.services = services;
  }

  void create(Exchange exchange) throws IOException {
    Request request = exchange.request();
    CreateRequest asked = read(request);
    CreateResult made = services.containers().create(asked);
    List<String> warnings = new ArrayList<>(made.warnings());
    if (request.version().atLeast(48) && ignoresVolumeDriver(asked.hostConfig())) {
      warnings.add(VOLUME_DRIVER);
    }
    exchange.json(
        201, JsonOut.object(out -> out.text("Id", made.id().hex()).texts("Warnings", warnings)));
  }

  private static boolean ignoresVolumeDriver(HostConfig host) {
    return !host.volumeDriver().isEmpty()
        && host.mounts().stream()
            .anyMatch(mount -> mount.type().equals("volume") && mount.volumeDriver().isEmpty());
  }

  private CreateRequest read(Request request) {
    ApiVersion api = request.version();
    JsonIn body = request.json();
    if (request.body().length == 0) {
      throw new EngineException(INVALID, "invalid JSON: got EOF while reading request body");
    }
    if (body.isEmpty()) {
      throw new EngineException(INVALID, "config cannot be empty in order to create a container");
    }
    HostConfig host =
        OldClients.host(
            runtime(HostConfigJson.read(body.object("HostConfig"), api), body),
            api,
            this::firstCgroups);
    return new CreateRequest(
        name(request.query().get("name")),
        api.atLeast(41) ? platform(request.query().get("platform")) : null,
        OldClients.config(ConfigJson.read(body), api),
        host,
        OldClients.endpoints(EndpointJson.readAll(body), api),
        drivers(host.annotations()));
  }

  /** docker-py says it beside the host configuration, where Docker passes it over. */
  private static HostConfig runtime(HostConfig host, JsonIn body) {
    if (!host.runtime().isEmpty()) {
      return host;
    }
    HostConfig.Builder with = host.toBuilder();
    with.runtime = body.text("Runtime");
    return with.build();
  }

  private boolean firstCgroups() {
    return services.system().info().limits().cgroupVersion() == 1;
  }

  private static @Nullable String name(@Nullable String name) {
    if (name == null || name.isEmpty()) {
      return null;
    }
    return name.startsWith("/") ? name.substring(1) : name;
  }

  private static @Nullable Platform platform(@Nullable String platform) {
    return platform == null || platform.isEmpty() ? null : Platform.parse(platform);
  }

  private static Map<String, String> drivers(Map<String, String> annotations) {
    Map<String, String> drivers = new TreeMap<>();
    annotations.forEach(
        (key, value) -> {
          if (key.startsWith(DRIVER)) {
            drivers.put(key.substring(DRIVER.length()), value);
          }
        });
    return drivers;
  }
}
