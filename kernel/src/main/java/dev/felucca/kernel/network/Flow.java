package dev.felucca.kernel.network;

/**
 * Traffic from one address to a port of another, with its answers.
 *
 * @param protocol {@code tcp}, {@code udp} or {@code sctp}
 */
public record Flow(String from, String to, String protocol, int port) {}
