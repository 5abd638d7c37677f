package dev.felucca.kernel.network;

import dev.felucca.kernel.Driver;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/**
 * Wires containers. Addresses, names and ports come in decided; the driver makes them so.
 * Everything it makes on the host carries Felucca's own names, nothing of anybody else's is
 * changed, and all of it can be made again from the specs: by {@link #adopt} after an engine's
 * restart, a flushed table or a lost bridge.
 */
public interface NetworkDriver extends Driver {
  /** True when containers get a network namespace of their own; host networking answers false. */
  default boolean isolated() {
    return true;
  }

  /** True when networks of this driver have subnets and endpoints have addresses. */
  default boolean addressed() {
    return true;
  }

  /**
   * True when this driver's networks are ranges of their own behind the host; false where
   * containers are in a network that the host is in, too, and the subnet is that one's.
   */
  default boolean ownSubnets() {
    return true;
  }

  /** True when endpoints can have published ports. */
  default boolean publishes() {
    return true;
  }

  /**
   * Makes the network's host side; one that is there already with the same spec is no error,
   * another is CONFLICT.
   */
  void createNetwork(NetworkSpec network) throws IOException;

  /** Removes it; one that isn't there is no error, one with endpoints is CONFLICT. */
  void deleteNetwork(String networkId) throws IOException;

  /**
   * Makes the endpoint in the container's network namespace: interface, addresses, routes,
   * published ports; a port that is taken is CONFLICT naming it, and nothing is left behind.
   *
   * @param namespace a path such as {@code /proc/PID/ns/net}
   */
  Endpoint join(NetworkSpec network, EndpointSpec endpoint, String namespace) throws IOException;

  /**
   * Makes an endpoint that has joined agree with its changed spec: names, published ports and
   * default routes may be others, nothing else is. A port that is taken is CONFLICT naming it, and
   * the endpoint stays as it was. One that has not joined is NOT_FOUND.
   *
   * @param namespace as for {@link #join}
   */
  void update(NetworkSpec network, EndpointSpec endpoint, String namespace) throws IOException;

  /**
   * Removes the endpoint, its ports and interface; the namespace may be gone already. Repeats
   * safely.
   */
  void leave(String networkId, String endpointId) throws IOException;

  /**
   * As {@link #leave(String, String)}, for drivers that have nothing on the host to find the
   * interface by.
   *
   * @param namespace as for {@link #join}; empty where it is gone
   */
  default void leave(String networkId, String endpointId, String namespace) throws IOException {
    leave(networkId, endpointId);
  }

  /**
   * Makes what is on the host agree with these specs: networks and endpoints that are missing are
   * made again as far as the host side goes, those of Felucca's that are not listed are removed.
   *
   * @param endpoints each with its namespace, as for {@link #join}, by which the driver may go on
   *     looking after it
   */
  void adopt(List<NetworkSpec> networks, Map<EndpointSpec, String> endpoints) throws IOException;

  /**
   * Lets these flows, and no others, pass in a network that keeps its containers apart; {@link
   * #adopt} forgets them. A network that keeps nobody apart has nothing to do. NOT_FOUND for one
   * that isn't there.
   */
  default void allow(String networkId, List<Flow> flows) throws IOException {}

  /** For people: the messages that wire this endpoint, one line each. */
  List<String> explain(NetworkSpec network, EndpointSpec endpoint);
}
