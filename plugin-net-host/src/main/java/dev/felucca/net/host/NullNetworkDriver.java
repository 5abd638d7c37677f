package dev.felucca.net.host;

import dev.felucca.kernel.network.Endpoint;
import dev.felucca.kernel.network.EndpointSpec;
import dev.felucca.kernel.network.NetworkDriver;
import dev.felucca.kernel.network.NetworkSpec;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.netlink.LinkMessage;
import dev.felucca.linux.netlink.Message;
import dev.felucca.linux.netlink.NetworkNamespace;
import dev.felucca.linux.netlink.RouteSocket;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * The driver {@code null} of the network {@code none}: a network namespace with a working loopback
 * interface and no other. All it makes ends with the namespace.
 */
@Component
public final class NullNetworkDriver implements NetworkDriver {
  private static final Message LOOPBACK_UP = LinkMessage.change("lo").up().build();

  private final Syscalls linux;

  @Activate
  public NullNetworkDriver(@Reference Syscalls linux) {
    this.linux = linux;
  }

  @Override
  public String name() {
    return "null";
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
  public Endpoint join(NetworkSpec network, EndpointSpec endpoint, String namespace)
      throws IOException {
    try (NetworkNamespace container = NetworkNamespace.open(linux, namespace);
        RouteSocket inside = container.route()) {
      inside.execute(LOOPBACK_UP);
    }
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
    return List.of("container: " + LOOPBACK_UP);
  }
}
