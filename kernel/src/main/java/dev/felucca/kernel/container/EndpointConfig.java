package dev.felucca.kernel.container;

import java.util.List;
import java.util.Map;

/**
 * What a client asks of a container's place in one network; empty strings leave it to the engine.
 */
public record EndpointConfig(
    String ipv4Address,
    String ipv6Address,
    List<String> linkLocalIps,
    List<String> links,
    List<String> aliases,
    String macAddress,
    Map<String, String> driverOptions,
    int gatewayPriority) {
  public static final EndpointConfig DEFAULT =
      new EndpointConfig("", "", List.of(), List.of(), List.of(), "", Map.of(), 0);
}
