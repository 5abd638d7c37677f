package dev.felucca.net.host;

import dev.felucca.kernel.network.Endpoint;
import dev.felucca.kernel.network.EndpointSpec;
import dev.felucca.kernel.network.NetworkDriver;
import dev.felucca.kernel.network.NetworkSpec;
import java.util.List;
import java.util.Map;
import org.osgi.service.component.annotations.Component;

/**
 * The driver {@code host}: a container uses the host's interfaces as they are. There is nothing to
 * wire, and published ports mean nothing, as in Docker.
 */
@Component
public final class HostNetworkDriver implements NetworkDriver {
  @Override
  public String name() {
    return "host";
  }

  @Override
  public boolean isolated() {
    return false;
  }

  @Override
  public boolean addressed() {
    return false;
  }

  @Override
  public void createNetwork(NetworkSpec network) {}

  @Override
  public void deleteNetwork(String networkId) {}

  @Override
  public Endpoint join(NetworkSpec network, EndpointSpec endpoint, String namespace) {
    return new Endpoint(endpoint.id(), "");
  }

  /** Nothing that could change is made here. */
  @Override
  public void update(NetworkSpec network, EndpointSpec endpoint, String namespace) {}

  @Override
  public void leave(String networkId, String endpointId) {}

  @Override
  public void adopt(List<NetworkSpec> networks, Map<EndpointSpec, String> endpoints) {}

  @Override
  public List<String> explain(NetworkSpec network, EndpointSpec endpoint) {
    return List.of();
  }
}
