package dev.felucca.net.dns;

import dev.felucca.kernel.network.Cidr;
import dev.felucca.linux.socket.SocketAddresses;
import java.io.IOException;
import java.net.NetworkInterface;

/** Where a name server is asked. */
final class UpstreamAddress {
  private UpstreamAddress() {}

  /** An address as resolv.conf(5) has it, with {@code %eth0} or {@code %2} after it or not. */
  static byte[] parse(String text, int port) throws IOException {
    int percent = text.indexOf('%');
    if (percent < 0) {
      return SocketAddresses.of(Cidr.address(text), port, 0);
    }
    String zone = text.substring(percent + 1);
    NetworkInterface device = NetworkInterface.getByName(zone);
    int scope;
    try {
      scope = device != null ? device.getIndex() : Integer.parseInt(zone);
    } catch (NumberFormatException e) {
      throw new IOException("no interface " + zone + " for name server " + text, e);
    }
    return SocketAddresses.of(Cidr.address(text.substring(0, percent)), port, scope);
  }
}
