package dev.felucca.kernel.network;

import java.util.List;
import java.util.Map;

/**
 * A network, addresses decided by the engine.
 *
 * @param id 64 hexadecimal digits
 * @param options the driver's own, by Docker's names such as {@code com.docker.network.bridge.name}
 */
public record NetworkSpec(
    String id,
    String name,
    List<Subnet> subnets,
    boolean internal,
    boolean ipv6,
    Map<String, String> options) {
  public NetworkSpec {
    subnets = List.copyOf(subnets);
    options = Map.copyOf(options);
  }
}
