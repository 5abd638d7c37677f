package dev.felucca.rest.container;

import dev.felucca.kernel.container.HostConfig;
import dev.felucca.kernel.container.RestartPolicy;
import dev.felucca.kernel.container.UpdateRequest;
import dev.felucca.kernel.isolation.Resources;
import dev.felucca.rest.json.JsonIn;
import org.jspecify.annotations.Nullable;

/** The API's {@code ContainerUpdateRequest}: resources, flat, and a restart policy. */
final class UpdateJson {
  private UpdateJson() {}

  static UpdateRequest read(JsonIn in) {
    HostConfig.Builder host = HostConfig.builder();
    ResourcesJson.read(in, host);
    JsonIn policy = in.object("RestartPolicy");
    String name = policy.text("Name");
    return new UpdateRequest(
        pids(host.resources, in.numberOrNull("PidsLimit")),
        host.nanoCpus,
        name.isEmpty() ? null : new RestartPolicy(name, policy.integer("MaximumRetryCount")));
  }

  /** Here 0 is a value: no limit any more. */
  private static Resources pids(Resources read, @Nullable Long asked) {
    return asked != null && asked == 0 ? read.withPidsLimit(-1) : read;
  }
}
