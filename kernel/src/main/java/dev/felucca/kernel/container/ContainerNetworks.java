package dev.felucca.kernel.container;

import java.io.IOException;
import java.util.List;
import java.util.Map;

/**
 * Changes the networks and the published ports of a container, whether it runs or not; both refs
 * are names, ids or unambiguous prefixes.
 */
public interface ContainerNetworks {
  /**
   * Puts the container into one more network; while it runs it gets another interface at once.
   * CONFLICT when it is in it already; INVALID with Docker's words where it cannot be, as with
   * {@code host}.
   */
  void connect(String network, String container, EndpointConfig asked) throws IOException;

  /**
   * Takes it out. INVALID with Docker's words when it is not in it.
   *
   * @param force a container that isn't there any more is no error
   */
  void disconnect(String network, String container, boolean force) throws IOException;

  /**
   * Publishes more of its ports, by {@code 80/tcp}; at once when it runs, and from then on at every
   * start. CONFLICT naming a port that is taken, and nothing has changed then.
   */
  void publish(String container, Map<String, List<HostPort>> bindings) throws IOException;

  /**
   * Takes ports back; established connections end when they end.
   *
   * @param ports {@code 80/tcp} takes back all host ports of that container port; a list of host
   *     ports with it takes back those
   */
  void unpublish(String container, Map<String, List<HostPort>> ports) throws IOException;
}
