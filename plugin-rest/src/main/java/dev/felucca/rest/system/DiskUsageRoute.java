package dev.felucca.rest.system;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.ContainerDetails;
import dev.felucca.kernel.image.ImageUpkeep;
import dev.felucca.kernel.volume.VolumeDetails;
import dev.felucca.rest.KernelServices;
import dev.felucca.rest.container.HostIpv6;
import dev.felucca.rest.container.SummaryJson;
import dev.felucca.rest.http.ApiVersion;
import dev.felucca.rest.http.Exchange;
import dev.felucca.rest.http.Request;
import dev.felucca.rest.image.ImageJson;
import dev.felucca.rest.json.JsonOut;
import dev.felucca.rest.volume.VolumeRoutes;
import java.io.IOException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** {@code GET /system/df}. */
final class DiskUsageRoute {
  private static final Set<String> TYPES = Set.of("container", "image", "volume", "build-cache");
  private final KernelServices services;

  DiskUsageRoute(KernelServices services) {
    this.services = services;
  }

  void run(Exchange exchange) throws IOException {
    Request request = exchange.request();
    List<String> types = request.query().all("type");
    ApiVersion api = request.version();
    boolean all = types.isEmpty() || !api.atLeast(42);
    for (String type : types) {
      if (!TYPES.contains(type) && !all) {
        throw new EngineException(INVALID, "unknown object type: " + type);
      }
    }
    ImageUpkeep.Usage usage =
        all || types.contains("image")
            ? services.imageUpkeep().usage()
            : new ImageUpkeep.Usage(0, List.of());
    List<ContainerDetails> containers =
        all || types.contains("container")
            ? services.queries().list(true, 0, true, Map.of())
            : List.of();
    Map<VolumeDetails, Long> volumes = new LinkedHashMap<>();
    if (all || types.contains("volume")) {
      for (VolumeDetails volume : services.volumes().list(Map.of())) {
        volumes.put(volume, bytes(volume));
      }
    }
    Instant now = Instant.now();
    boolean hostIpv6 = HostIpv6.there();
    exchange.json(
        JsonOut.object(
            out ->
                out.number("LayersSize", usage.layers())
                    .objects(
                        "Images",
                        usage.images(),
                        (one, image) ->
                            ImageJson.summary(
                                one, image.image(), image.shared(), image.containers(), api))
                    .objects(
                        "Containers",
                        containers,
                        (one, container) ->
                            SummaryJson.write(
                                one,
                                container,
                                api,
                                hostIpv6,
                                now,
                                container.config().image(),
                                List.of()))
                    .objects(
                        "Volumes",
                        volumes.entrySet(),
                        (one, volume) ->
                            VolumeRoutes.write(one, volume.getKey(), volume.getValue()))
                    .texts("BuildCache", List.of())));
  }

  /** Minus one, as in Docker, where nobody can tell. */
  private long bytes(VolumeDetails volume) throws IOException {
    try {
      return services.volumes().usage(volume.name()).bytes();
    } catch (EngineException goneMeanwhile) {
      return -1;
    }
  }
}
