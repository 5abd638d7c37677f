package dev.felucca.tck.fake;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.network.Endpoint;
import dev.felucca.kernel.network.EndpointSpec;
import dev.felucca.kernel.network.NetworkDriver;
import dev.felucca.kernel.network.NetworkSpec;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Endpoints that are only remembered, here and by the drivers that come after this one. */
public final class FakeNetwork implements NetworkDriver {
  private final String name;
  private final Map<String, EndpointSpec> endpoints;
  private final Trouble trouble = new Trouble();

  public FakeNetwork(String name) {
    this(name, new ConcurrentHashMap<>());
  }

  private FakeNetwork(String name, Map<String, EndpointSpec> endpoints) {
    this.name = name;
    this.endpoints = endpoints;
  }

  /** As a bundle update makes it: another object on the same host. */
  public FakeNetwork updated() {
    return new FakeNetwork(name, endpoints);
  }

  public Trouble trouble() {
    return trouble;
  }

  /** What is on the host now. */
  public List<EndpointSpec> endpoints() {
    return List.copyOf(endpoints.values());
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public boolean isolated() {
    return !name.equals("host");
  }

  @Override
  public void createNetwork(NetworkSpec network) throws IOException {
    trouble.enter("createNetwork");
  }

  @Override
  public void deleteNetwork(String networkId) throws IOException {
    trouble.enter("deleteNetwork");
  }

  @Override
  public Endpoint join(NetworkSpec network, EndpointSpec endpoint, String namespace)
      throws IOException {
    trouble.enter("join");
    endpoints.put(endpoint.id(), endpoint);
    return new Endpoint(endpoint.id(), "02:42:ac:11:00:02");
  }

  @Override
  public void update(NetworkSpec network, EndpointSpec endpoint, String namespace)
      throws IOException {
    trouble.enter("update");
    if (endpoints.replace(endpoint.id(), endpoint) == null) {
      throw new EngineException(
          EngineException.Kind.NOT_FOUND, "endpoint " + endpoint.id() + " not found");
    }
  }

  @Override
  public void leave(String networkId, String endpointId) throws IOException {
    trouble.enter("leave");
    endpoints.remove(endpointId);
  }

  @Override
  public void adopt(List<NetworkSpec> networks, Map<EndpointSpec, String> wanted)
      throws IOException {
    trouble.enter("adopt");
    endpoints
        .keySet()
        .removeIf(id -> wanted.keySet().stream().noneMatch(spec -> spec.id().equals(id)));
    wanted.keySet().forEach(spec -> endpoints.put(spec.id(), spec));
  }

  @Override
  public List<String> explain(NetworkSpec network, EndpointSpec endpoint) {
    return List.of("endpoint " + endpoint.id());
  }
}
