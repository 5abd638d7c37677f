package dev.felucca.kernel.network;

import dev.felucca.kernel.ContainerId;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A container's place in a network, decided by the engine.
 *
 * @param id 64 hexadecimal digits
 * @param interfaceName inside the container, such as {@code eth0}; empty for networks without an
 *     interface of their own
 * @param addresses with the network's prefix lengths
 * @param gateways for default routes through this endpoint; empty makes none
 * @param macAddress null lets the driver choose
 */
public record EndpointSpec(
    String id,
    String networkId,
    ContainerId container,
    String interfaceName,
    List<Cidr> addresses,
    List<String> gateways,
    @Nullable String macAddress,
    List<PortBinding> ports,
    Map<String, String> options) {
  public EndpointSpec {
    addresses = List.copyOf(addresses);
    gateways = List.copyOf(gateways);
    ports = List.copyOf(ports);
    options = Map.copyOf(options);
  }
}
