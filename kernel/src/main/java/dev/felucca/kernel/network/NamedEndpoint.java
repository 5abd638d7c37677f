package dev.felucca.kernel.network;

import dev.felucca.kernel.ContainerId;
import java.util.List;

/**
 * An endpoint and what it is called in its network; several endpoints may have the same name.
 *
 * @param id the endpoint's
 * @param networkName is a domain of its own: {@code web} in {@code front} is {@code web.front} too
 * @param names the first is what its addresses are called
 */
public record NamedEndpoint(
    String id,
    String networkId,
    String networkName,
    ContainerId container,
    List<String> names,
    List<Cidr> addresses) {
  public NamedEndpoint {
    names = List.copyOf(names);
    addresses = List.copyOf(addresses);
  }
}
