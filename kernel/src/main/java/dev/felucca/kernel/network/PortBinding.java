package dev.felucca.kernel.network;

/**
 * A published port; where the network's containers are reached by their own addresses, one that
 * others may reach there.
 *
 * @param protocol {@code tcp}, {@code udp} or {@code sctp}
 * @param hostIp the address listened on; empty is every address
 * @param hostPort decided by the engine: 0 for one that is no port of the host, whose {@code
 *     hostIp} tells the family alone
 */
public record PortBinding(int containerPort, String protocol, String hostIp, int hostPort) {
  /** Whether it is reached at the container's own address. */
  public boolean routed() {
    return hostPort == 0;
  }
}
