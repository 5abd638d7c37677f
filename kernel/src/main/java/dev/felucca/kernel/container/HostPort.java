package dev.felucca.kernel.container;

/**
 * Where on the host a port is published, as the client wrote it.
 *
 * @param hostPort a number, a range {@code 8000-8010}, or empty for any free one
 */
public record HostPort(String hostIp, String hostPort) {}
