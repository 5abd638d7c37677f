package dev.felucca.kernel.network;

import dev.felucca.kernel.ContainerId;
import java.util.List;
import java.util.Map;

/**
 * A container whose questions are answered.
 *
 * @param networks ids, the one whose names come first before the others
 * @param aliases names that mean something to this container alone, each with what it stands for
 * @param upstreams in the order in which they are asked; none where nothing leaves the container's
 *     networks
 * @param singleLabelsStay whether a name without a dot is never asked of an upstream
 */
public record NameClient(
    ContainerId container,
    List<String> networks,
    Map<String, String> aliases,
    List<NameUpstream> upstreams,
    boolean singleLabelsStay) {
  public NameClient {
    networks = List.copyOf(networks);
    aliases = Map.copyOf(aliases);
    upstreams = List.copyOf(upstreams);
  }
}
