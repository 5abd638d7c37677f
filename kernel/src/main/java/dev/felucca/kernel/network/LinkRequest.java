package dev.felucca.kernel.network;

import java.util.List;
import java.util.Set;

/**
 * A container that is linked to another, both with their places in the network they share.
 *
 * @param container the name of the one that gets something
 * @param target the name of the other, and {@code alias} what it is called inside the first
 * @param targetHostname as its first process sees it
 * @param targetPorts exposed, as {@code 5432/tcp}
 * @param targetEnvironment {@code NAME=value}
 */
public record LinkRequest(
    String container,
    String address,
    String alias,
    String target,
    String targetAddress,
    String targetHostname,
    Set<String> targetPorts,
    List<String> targetEnvironment) {
  public LinkRequest {
    targetPorts = Set.copyOf(targetPorts);
    targetEnvironment = List.copyOf(targetEnvironment);
  }
}
