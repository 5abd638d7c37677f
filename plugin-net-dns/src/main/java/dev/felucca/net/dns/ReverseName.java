package dev.felucca.net.dns;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;

/** The addresses that names below in-addr.arpa and ip6.arpa stand for. */
final class ReverseName {
  private static final String IPV4 = ".in-addr.arpa";
  private static final String IPV6 = ".ip6.arpa";

  private ReverseName() {}

  /** Null for a name that is no whole address. */
  static @Nullable InetAddress parse(String name) {
    try {
      if (name.endsWith(IPV4)) {
        return InetAddress.getByAddress(
            bytes(name.substring(0, name.length() - IPV4.length()), 4, 10, 3));
      }
      if (name.endsWith(IPV6)) {
        byte[] nibbles = bytes(name.substring(0, name.length() - IPV6.length()), 32, 16, 1);
        byte[] address = new byte[16];
        for (int i = 0; i < 16; i++) {
          address[i] = (byte) (nibbles[2 * i] << 4 | nibbles[2 * i + 1]);
        }
        return InetAddress.getByAddress(address);
      }
    } catch (NumberFormatException | UnknownHostException e) {
      return null;
    }
    return null;
  }

  private static byte[] bytes(String labels, int count, int radix, int longest) {
    String[] parts = labels.split("\\.", -1);
    if (parts.length != count) {
      throw new NumberFormatException("not " + count + " labels");
    }
    byte[] bytes = new byte[count];
    for (int i = 0; i < count; i++) {
      String part = parts[count - 1 - i];
      int value = part.length() > longest ? -1 : Integer.parseUnsignedInt(part, radix);
      if (value < 0 || value > 255) {
        throw new NumberFormatException(part);
      }
      bytes[i] = (byte) value;
    }
    return bytes;
  }
}
