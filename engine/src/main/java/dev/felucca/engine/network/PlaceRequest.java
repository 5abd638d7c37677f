package dev.felucca.engine.network;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.container.EndpointConfig;
import java.util.List;

/**
 * What is asked for a container's place in one network.
 *
 * @param macAddress empty leaves it to the driver
 * @param interfaceName used where the network's driver makes interfaces
 * @param tended see {@link dev.felucca.kernel.network.EndpointSpec}
 */
public record PlaceRequest(
    ContainerId container,
    NetworkRecord network,
    EndpointConfig asked,
    String macAddress,
    String interfaceName,
    List<String> dnsNames,
    List<String> dnsServers,
    boolean tended) {}
