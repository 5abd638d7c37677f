package dev.felucca.engine.network;

import dev.felucca.engine.driver.DriverTable;
import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.network.NameClient;
import dev.felucca.kernel.network.NameServer;
import dev.felucca.kernel.network.NamedEndpoint;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the name server is to know: told to the one that is here as it changes, and whole to each
 * that comes. What is told is noted first, so that nothing is lost between the two.
 */
public final class Naming {
  private static final Logger LOG = LoggerFactory.getLogger(Naming.class);

  /** Named when none is here. */
  private static final String USUAL = "embedded";

  private final DriverTable<NameServer> servers;
  private final Map<String, NamedEndpoint> endpoints = new ConcurrentHashMap<>();
  private final Map<ContainerId, Client> clients = new ConcurrentHashMap<>();

  private record Client(NameClient client, String namespace) {}

  Naming(DriverTable<NameServer> servers) {
    this.servers = servers;
  }

  private String server() {
    return servers.names().stream().findFirst().orElse(USUAL);
  }

  /** An endpoint has joined its network, or its names or addresses have changed. */
  void announce(EndpointInUse place) {
    if (place.spec().dnsNames().isEmpty()) {
      retract(place.spec().id());
      return;
    }
    NamedEndpoint endpoint =
        new NamedEndpoint(
            place.spec().id(),
            place.spec().networkId(),
            place.networkName(),
            place.spec().container(),
            place.spec().dnsNames(),
            place.spec().addresses());
    if (!endpoint.equals(endpoints.put(endpoint.id(), endpoint))) {
      tell("names of an endpoint", server -> server.announce(endpoint));
    }
  }

  void retract(String endpointId) {
    if (endpoints.remove(endpointId) != null) {
      tell("names of an endpoint", server -> server.retract(endpointId));
    }
  }

  /**
   * Has names answered in a container.
   *
   * @throws dev.felucca.kernel.EngineException UNAVAILABLE when no name server is here
   */
  public void serve(NameClient client, String namespace) throws IOException {
    clients.put(client.container(), new Client(client, namespace));
    try {
      servers.run(server(), server -> server.serve(client, namespace));
    } catch (IOException | RuntimeException e) {
      clients.remove(client.container());
      throw e;
    }
  }

  /**
   * A container that runs from before this engine: it is served as soon as a name server is here.
   */
  public void restore(NameClient client, String namespace) {
    clients.put(client.container(), new Client(client, namespace));
  }

  /** A container that is served is served otherwise from now on; another is no error. */
  public void describe(NameClient client) {
    Client known =
        clients.computeIfPresent(
            client.container(), (id, now) -> new Client(client, now.namespace()));
    if (known != null) {
      tell("names in a container", server -> server.serve(client, known.namespace()));
    }
  }

  public boolean isServed(ContainerId container) {
    return clients.containsKey(container);
  }

  /** Repeats safely. */
  public void withdraw(ContainerId container) {
    if (clients.remove(container) != null) {
      tell("names in a container", server -> server.withdraw(container));
    }
  }

  private void tell(String what, DriverTable.Action<NameServer> action) {
    String name = server();
    if (!servers.has(name)) {
      return; // the one that comes hears of everything
    }
    try {
      servers.run(name, action);
    } catch (IOException | RuntimeException e) {
      LOG.warn("{}: {}", what, e.getMessage());
    }
  }

  /** Tells a name server that has come everything there is. */
  public void agree(String name) throws IOException {
    if (!name.equals(server())) {
      return;
    }
    Map<String, NamedEndpoint> known = new HashMap<>(endpoints);
    Map<ContainerId, Client> served = new HashMap<>(clients);
    Map<NameClient, String> told = new HashMap<>();
    served.values().forEach(one -> told.put(one.client(), one.namespace()));
    try {
      servers.run(name, server -> server.adopt(known.values(), told));
    } finally {
      catchUp(name, known, served);
    }
  }

  /** What changed while the server was being told. */
  private void catchUp(
      String name, Map<String, NamedEndpoint> known, Map<ContainerId, Client> served)
      throws IOException {
    for (String id : union(known.keySet(), endpoints.keySet())) {
      NamedEndpoint now = endpoints.get(id);
      if (!Objects.equals(known.get(id), now)) {
        servers.run(
            name,
            server -> {
              if (now == null) {
                server.retract(id);
              } else {
                server.announce(now);
              }
            });
      }
    }
    for (ContainerId id : union(served.keySet(), clients.keySet())) {
      Client now = clients.get(id);
      if (!Objects.equals(served.get(id), now)) {
        servers.run(
            name,
            server -> {
              if (now == null) {
                server.withdraw(id);
              } else {
                server.serve(now.client(), now.namespace());
              }
            });
      }
    }
  }

  private static <T> Set<T> union(Set<T> some, Set<T> more) {
    Set<T> all = new HashSet<>(some);
    all.addAll(more);
    return all;
  }
}
