package dev.felucca.kernel.network;

import java.util.List;
import java.util.Map;

/**
 * A network, addresses decided by the engine.
 *
 * @param id 64 hexadecimal digits
 * @param subnets of both families; none where the driver has no addresses
 * @param options the driver's own, by Docker's names such as {@code com.docker.network.bridge.name}
 * @param noIpv4 its containers have IPv6 addresses only
 */
public record NetworkSpec(
    String id,
    String name,
    List<Subnet> subnets,
    boolean internal,
    boolean ipv6,
    Map<String, String> options,
    boolean noIpv4) {
  public NetworkSpec {
    subnets = List.copyOf(subnets);
    options = Map.copyOf(options);
  }

  /** One with IPv4. */
  public NetworkSpec(
      String id,
      String name,
      List<Subnet> subnets,
      boolean internal,
      boolean ipv6,
      Map<String, String> options) {
    this(id, name, subnets, internal, ipv6, options, false);
  }
}
