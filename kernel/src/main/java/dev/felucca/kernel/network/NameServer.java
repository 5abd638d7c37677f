package dev.felucca.kernel.network;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.Driver;
import java.io.IOException;
import java.util.Collection;
import java.util.Map;

/**
 * Answers names inside containers. Who has which name is decided by the engine and comes in; a
 * client sees the names of the networks it is in and nothing of others, and whatever is no name
 * there is asked of the client's {@link NameUpstream}s. What is announced need not be served and
 * the other way round. Everything can be told again, by {@link #adopt} after an engine's restart or
 * the bundle's update.
 */
public interface NameServer extends Driver {
  /** Where containers find it, port 53 of UDP and TCP; for their resolv.conf(5). */
  String ADDRESS = "127.0.0.11";

  /** Makes an endpoint's names known in its network; one known by that id is replaced. */
  void announce(NamedEndpoint endpoint);

  /** Forgets an endpoint's names; one that isn't known is no error. */
  void retract(String endpointId);

  /**
   * Answers in that network namespace, whose loopback interface is up; a container that is served
   * already is served by the new description.
   *
   * @param namespace a path such as {@code /proc/PID/ns/net}
   */
  void serve(NameClient client, String namespace) throws IOException;

  /** Stops answering and lets go of the namespace; a container that isn't served is no error. */
  void withdraw(ContainerId container);

  /**
   * Knows these endpoints and serves these clients and no others from now on. A client that cannot
   * be served, as its namespace is gone, doesn't keep the others from it: what failed is thrown at
   * the end.
   *
   * @param clients each with the path of its namespace
   */
  void adopt(Collection<NamedEndpoint> endpoints, Map<NameClient, String> clients)
      throws IOException;
}
