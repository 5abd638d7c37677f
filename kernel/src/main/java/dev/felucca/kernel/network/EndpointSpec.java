package dev.felucca.kernel.network;

import dev.felucca.kernel.ContainerId;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A container's place in a network, decided by the engine. A container has one in each of its
 * networks; at most one of them gives it a default route in each family of addresses.
 *
 * @param id 64 hexadecimal digits
 * @param interfaceName inside the container, such as {@code eth0}; empty for networks without an
 *     interface of their own
 * @param addresses with the network's prefix lengths
 * @param gateways for default routes through this endpoint; empty makes none
 * @param macAddress null lets the driver choose
 * @param dnsNames by which the network's other containers find it: its name, aliases, short id,
 *     host name
 * @param dnsServers asked for names that nobody here has, in order; empty are the host's own
 * @param linkLocal more addresses of the interface, which are nobody's in the network
 * @param tended whether the driver puts back an address or default route that goes missing inside:
 *     false where the container's own programs may take it away on purpose
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
    Map<String, String> options,
    List<String> dnsNames,
    List<String> dnsServers,
    List<Cidr> linkLocal,
    boolean tended) {
  public EndpointSpec {
    addresses = List.copyOf(addresses);
    gateways = List.copyOf(gateways);
    ports = List.copyOf(ports);
    options = Map.copyOf(options);
    // Absent in state files of engines that did not know names.
    dnsNames = dnsNames == null ? List.of() : List.copyOf(dnsNames);
    dnsServers = dnsServers == null ? List.of() : List.copyOf(dnsServers);
    linkLocal = linkLocal == null ? List.of() : List.copyOf(linkLocal);
  }

  /** One without names. */
  public EndpointSpec(
      String id,
      String networkId,
      ContainerId container,
      String interfaceName,
      List<Cidr> addresses,
      List<String> gateways,
      @Nullable String macAddress,
      List<PortBinding> ports,
      Map<String, String> options) {
    this(
        id,
        networkId,
        container,
        interfaceName,
        addresses,
        gateways,
        macAddress,
        ports,
        options,
        List.of(),
        List.of(),
        List.of(),
        false);
  }

  public EndpointSpec withGateways(List<String> other) {
    return new EndpointSpec(
        id,
        networkId,
        container,
        interfaceName,
        addresses,
        other,
        macAddress,
        ports,
        options,
        dnsNames,
        dnsServers,
        linkLocal,
        tended);
  }

  public EndpointSpec withMacAddress(@Nullable String other) {
    return new EndpointSpec(
        id,
        networkId,
        container,
        interfaceName,
        addresses,
        gateways,
        other,
        ports,
        options,
        dnsNames,
        dnsServers,
        linkLocal,
        tended);
  }

  public EndpointSpec withPorts(List<PortBinding> other) {
    return new EndpointSpec(
        id,
        networkId,
        container,
        interfaceName,
        addresses,
        gateways,
        macAddress,
        other,
        options,
        dnsNames,
        dnsServers,
        linkLocal,
        tended);
  }

  public EndpointSpec withDnsNames(List<String> other) {
    return new EndpointSpec(
        id,
        networkId,
        container,
        interfaceName,
        addresses,
        gateways,
        macAddress,
        ports,
        options,
        other,
        dnsServers,
        linkLocal,
        tended);
  }
}
