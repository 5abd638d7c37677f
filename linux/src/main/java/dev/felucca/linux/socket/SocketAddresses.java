package dev.felucca.linux.socket;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** struct sockaddr_in and sockaddr_in6, see ip(7) and ipv6(7). */
public final class SocketAddresses {
  public static final int INET = 2;
  public static final int INET6 = 10;
  public static final int SIZE = 28;

  private SocketAddresses() {}

  public static byte[] of(InetAddress address, int port, int scope) {
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

  public static int domain(byte[] address) {
    return ByteBuffer.wrap(address).order(ByteOrder.nativeOrder()).getShort();
  }

  public static int port(byte[] address) {
    return ByteBuffer.wrap(address).getShort(2) & 0xffff;
  }

  /** The host's part of it. */
  public static InetAddress host(byte[] address) throws UnknownHostException {
    return domain(address) == INET
        ? InetAddress.getByAddress(Arrays.copyOfRange(address, 4, 8))
        : InetAddress.getByAddress(Arrays.copyOfRange(address, 8, 24));
  }
}
