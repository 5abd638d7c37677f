package dev.felucca.kernel.network;

/**
 * A published port.
 *
 * @param protocol {@code tcp}, {@code udp} or {@code sctp}
 * @param hostIp the address listened on; empty is every address
 * @param hostPort decided by the engine: never 0
 */
public record PortBinding(int containerPort, String protocol, String hostIp, int hostPort) {}
