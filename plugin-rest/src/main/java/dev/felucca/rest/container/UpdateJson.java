package dev.felucca.rest.container;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.HostConfig;
import dev.felucca.kernel.container.RestartPolicy;
import dev.felucca.kernel.container.UpdateRequest;
import dev.felucca.kernel.isolation.Resources;
import dev.felucca.rest.http.ApiVersion;
import dev.felucca.rest.json.JsonIn;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The API's {@code ContainerUpdateRequest}: resources, flat, and a restart policy. */
final class UpdateJson {
  /** Docker passes over these in silence. */
  private static final List<String> FIXED =
      List.of("CgroupParent", "Devices", "DeviceCgroupRules", "DeviceRequests", "Ulimits");

  private UpdateJson() {}

  static UpdateRequest read(JsonIn in, ApiVersion api) {
    for (String fixed : FIXED) {
      if (in.has(fixed) && !in.isEmptyValue(fixed)) {
        throw new EngineException(INVALID, fixed + " of a container cannot be updated");
      }
    }
    HostConfig.Builder host = HostConfig.builder();
    ResourcesJson.read(in, host);
    JsonIn policy = in.object("RestartPolicy");
    String name = policy.text("Name");
    return new UpdateRequest(
        api.atLeast(40)
            ? pids(host.resources, in.numberOrNull("PidsLimit"))
            : host.resources.withPidsLimit(null),
        host.nanoCpus,
        name.isEmpty() ? null : new RestartPolicy(name, policy.integer("MaximumRetryCount")));
  }

  /** Here 0 is a value: no limit any more. */
  private static Resources pids(Resources read, @Nullable Long asked) {
    return asked != null && asked == 0 ? read.withPidsLimit(-1L) : read;
  }
}
