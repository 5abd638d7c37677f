package dev.felucca.kernel.network;

import java.util.List;

/**
 * What a link gives a container.
 *
 * @param environment {@code NAME=value}, in order; the container's own variables win
 * @param hostNames what the target's address is called in its hosts(5)
 * @param flows what it may send though containers of the network are kept apart
 */
public record LinkEffect(List<String> environment, List<String> hostNames, List<Flow> flows) {
  public LinkEffect {
    environment = List.copyOf(environment);
    hostNames = List.copyOf(hostNames);
    flows = List.copyOf(flows);
  }
}
