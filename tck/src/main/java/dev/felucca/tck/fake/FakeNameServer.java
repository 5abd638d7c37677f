package dev.felucca.tck.fake;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.network.NameClient;
import dev.felucca.kernel.network.NameServer;
import dev.felucca.kernel.network.NamedEndpoint;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Remembers what it was told, and answers nobody. */
public final class FakeNameServer implements NameServer {
  private final Map<String, NamedEndpoint> endpoints = new ConcurrentHashMap<>();
  private final Map<ContainerId, NameClient> clients = new ConcurrentHashMap<>();
  private final Trouble trouble = new Trouble();

  public Trouble trouble() {
    return trouble;
  }

  /** Who has been announced. */
  public List<NamedEndpoint> endpoints() {
    return List.copyOf(endpoints.values());
  }

  public Optional<NameClient> client(ContainerId container) {
    return Optional.ofNullable(clients.get(container));
  }

  @Override
  public String name() {
    return "embedded";
  }

  @Override
  public void announce(NamedEndpoint endpoint) {
    endpoints.put(endpoint.id(), endpoint);
  }

  @Override
  public void retract(String endpointId) {
    endpoints.remove(endpointId);
  }

  @Override
  public void serve(NameClient client, String namespace) throws IOException {
    trouble.enter("serve");
    clients.put(client.container(), client);
  }

  @Override
  public void withdraw(ContainerId container) {
    clients.remove(container);
  }

  @Override
  public void adopt(Collection<NamedEndpoint> known, Map<NameClient, String> served)
      throws IOException {
    trouble.enter("adopt names");
    endpoints.clear();
    clients.clear();
    known.forEach(this::announce);
    served.keySet().forEach(client -> clients.put(client.container(), client));
  }
}
