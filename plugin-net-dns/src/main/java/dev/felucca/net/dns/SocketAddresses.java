package dev.felucca.net.dns;

import dev.felucca.kernel.network.Cidr;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** struct sockaddr_in and sockaddr_in6, see ip(7) and ipv6(7). */
final class SocketAddresses {
  static final int INET = 2;
  static final int INET6 = 10;
  static final int SIZE = 28;

  private SocketAddresses() {}

  static byte[] of(InetAddress address, int port, int scope) {
    boolean ipv4 = address instanceof Inet4Address;
    ByteBuffer out = ByteBuffer.allocate(ipv4 ? 16 : SIZE);
    out.order(ByteOrder.nativeOrder()).putShort((short) (ipv4 ? INET : INET6));
    out.order(ByteOrder.BIG_ENDIAN).putShort((short) port);
    if (ipv4) {
      out.put(address.getAddress());
    } else {
      out.putInt(0).put(address.getAddress()).order(ByteOrder.nativeOrder()).putInt(scope);
    }
    return out.array();
  }

  /** An address as resolv.conf(5) has it, with {@code %eth0} or {@code %2} after it or not. */
  static byte[] parse(String text, int port) throws IOException {
    int percent = text.indexOf('%');
    if (percent < 0) {
      return of(Cidr.address(text), port, 0);
    }
    String zone = text.substring(percent + 1);
    NetworkInterface device = NetworkInterface.getByName(zone);
    int scope;
    try {
      scope = device != null ? device.getIndex() : Integer.parseInt(zone);
    } catch (NumberFormatException e) {
      throw new IOException("no interface " + zone + " for name server " + text, e);
    }
    return of(Cidr.address(text.substring(0, percent)), port, scope);
  }

  static int domain(byte[] address) {
    return ByteBuffer.wrap(address).order(ByteOrder.nativeOrder()).getShort();
  }

  static int port(byte[] address) {
    return ByteBuffer.wrap(address).getShort(2) & 0xffff;
  }
}
