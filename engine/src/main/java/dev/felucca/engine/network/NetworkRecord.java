package dev.felucca.engine.network;

import dev.felucca.kernel.network.NetworkSpec;
import java.time.Instant;
import java.util.Map;
import java.util.Set;

/**
 * A network as it is kept on disk.
 *
 * @param driver the name of its driver
 * @param configOnly others are made from what it says, and nobody is in it
 * @param configFrom the name of the network that this one was made from; empty for none
 */
public record NetworkRecord(
    NetworkSpec spec,
    String driver,
    Instant created,
    boolean attachable,
    Map<String, String> labels,
    Map<String, String> ipamOptions,
    boolean configOnly,
    String configFrom) {
  public NetworkRecord {
    // Absent in files of engines that did not know them.
    ipamOptions = ipamOptions == null ? Map.of() : Map.copyOf(ipamOptions);
    configFrom = configFrom == null ? "" : configFrom;
  }

  NetworkRecord withOptions(Map<String, String> options) {
    NetworkSpec other =
        new NetworkSpec(
            spec.id(),
            spec.name(),
            spec.subnets(),
            spec.internal(),
            spec.ipv6(),
            options,
            spec.noIpv4());
    return new NetworkRecord(
        other, driver, created, attachable, labels, ipamOptions, configOnly, configFrom);
  }

  /** {@code bridge}, {@code host} and {@code none}, which are always there. */
  public boolean predefined() {
    return Set.of("bridge", "host", "none").contains(spec.name());
  }

  /** Whether its containers are reached by their own addresses, in that family. */
  boolean routed(int family) {
    return "routed"
        .equals(spec.options().get("com.docker.network.bridge.gateway_mode_ipv" + family));
  }

  /** Where ports are published that name no address of the host. */
  public String hostBinding() {
    return spec.options().getOrDefault("com.docker.network.bridge.host_binding_ipv4", "");
  }

  /** What its interfaces are called in containers, without their number. */
  public String interfacePrefix() {
    String prefix = spec.options().getOrDefault("com.docker.network.container_iface_prefix", "");
    return prefix.isEmpty() ? "eth" : prefix;
  }
}
