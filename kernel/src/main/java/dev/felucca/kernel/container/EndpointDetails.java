package dev.felucca.kernel.container;

import java.util.List;

/**
 * A container's place in one network as it is; addresses are empty while the container isn't
 * running.
 */
public record EndpointDetails(
    EndpointConfig config,
    String networkId,
    String endpointId,
    String gateway,
    String ipAddress,
    int ipPrefixLength,
    String ipv6Gateway,
    String globalIpv6Address,
    int globalIpv6PrefixLength,
    String macAddress,
    List<String> dnsNames) {}
