package dev.felucca.kernel.network;

/**
 * A name server that is asked for what no container is called.
 *
 * @param address an IP address, with a scope such as {@code %eth0} where it is a link-local one
 * @param fromHost asked from the host's network, as its own 127.0.0.53 must be; else from the
 *     container's
 */
public record NameUpstream(String address, boolean fromHost) {
  @Override
  public String toString() {
    return fromHost ? "host(" + address + ")" : address;
  }
}
