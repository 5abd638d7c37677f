package dev.felucca.rest.container;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.ContainerConfig;
import dev.felucca.kernel.container.EndpointConfig;
import dev.felucca.kernel.container.HostConfig;
import dev.felucca.kernel.image.HealthcheckConfig;
import dev.felucca.rest.http.ApiVersion;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/**
 * A container as clients of older versions of the API mean it: what their version does not have is
 * passed over, and what had another default keeps it. See moby's api/docs/CHANGELOG.md.
 */
final class OldClients {
  private OldClients() {}

  static ContainerConfig config(ContainerConfig asked, ApiVersion api) {
    HealthcheckConfig health = asked.healthcheck();
    if (api.atLeast(44) || health == null || health.startInterval() == null) {
      return asked;
    }
    ContainerConfig.Builder config = asked.toBuilder();
    config.healthcheck =
        new HealthcheckConfig(
            health.test(),
            health.interval(),
            health.timeout(),
            health.startPeriod(),
            null,
            health.retries());
    return config.build();
  }

  /**
   * @param firstCgroups asked only where it matters: this host has version 1 of control groups
   */
  static HostConfig host(HostConfig asked, ApiVersion api, BooleanSupplier firstCgroups) {
    if (api.atLeast(43)) {
      return asked;
    }
    HostConfig.Builder host = asked.toBuilder();
    host.annotations = Map.of();
    if (!api.atLeast(42)) {
      host.consoleSize = null;
    }
    if (!api.atLeast(41) && asked.cgroupnsMode().isEmpty() && firstCgroups.getAsBoolean()) {
      host.cgroupnsMode = "host";
    }
    if (!api.atLeast(40) && asked.ipcMode().isEmpty()) {
      host.ipcMode = "shareable";
    }
    if (!api.atLeast(25)) {
      host.autoRemove = false; // The client removes it itself.
    }
    return host.build();
  }

  static Map<String, EndpointConfig> endpoints(Map<String, EndpointConfig> asked, ApiVersion api) {
    if (api.atLeast(48)) {
      return asked;
    }
    if (!api.atLeast(44) && asked.size() > 1) {
      throw new EngineException(
          INVALID,
          "Container cannot be created with multiple network endpoints: "
              + String.join(", ", new TreeMap<>(asked).keySet()));
    }
    Map<String, EndpointConfig> endpoints = new TreeMap<>();
    asked.forEach(
        (network, one) ->
            endpoints.put(
                network,
                new EndpointConfig(
                    one.ipv4Address(),
                    one.ipv6Address(),
                    one.linkLocalIps(),
                    one.links(),
                    one.aliases(),
                    api.atLeast(44) ? one.macAddress() : "",
                    one.driverOptions(),
                    0)));
    return endpoints;
  }
}
