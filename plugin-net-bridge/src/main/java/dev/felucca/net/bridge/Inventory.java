package dev.felucca.net.bridge;

import dev.felucca.kernel.network.EndpointSpec;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The networks and endpoints that there are to be: what is on the host is held against it. */
final class Inventory {
  private final Map<String, BridgeNetwork> networks = new ConcurrentHashMap<>();
  private final Map<String, EndpointSpec> endpoints = new ConcurrentHashMap<>();

  @Nullable BridgeNetwork network(String id) {
    return networks.get(id);
  }

  Collection<BridgeNetwork> networks() {
    return networks.values();
  }

  Set<String> networkIds() {
    return networks.keySet();
  }

  void put(BridgeNetwork network) {
    networks.put(network.id(), network);
  }

  void removeNetwork(String id) {
    networks.remove(id);
  }

  @Nullable EndpointSpec endpoint(String id) {
    return endpoints.get(id);
  }

  Collection<EndpointSpec> endpoints() {
    return endpoints.values();
  }

  Set<String> endpointIds() {
    return endpoints.keySet();
  }

  List<EndpointSpec> endpointsOf(String networkId) {
    return endpoints.values().stream().filter(e -> e.networkId().equals(networkId)).toList();
  }

  /** Answers what was there of that id. */
  @Nullable EndpointSpec put(EndpointSpec endpoint) {
    return endpoints.put(endpoint.id(), endpoint);
  }

  @Nullable EndpointSpec removeEndpoint(String id) {
    return endpoints.remove(id);
  }

  void clear() {
    networks.clear();
    endpoints.clear();
  }
}
