package dev.felucca.kernel.network;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;

/**
 * An address with a prefix length in CIDR form, IPv4 or IPv6; the address may be one inside the
 * range.
 */
public record Cidr(InetAddress address, int prefix) {
  private static final Pattern LITERAL = Pattern.compile("[0-9.]+|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");

  public Cidr {
    if (prefix < 0 || prefix > address.getAddress().length * 8) {
      throw new EngineException(
          INVALID, "invalid prefix length in " + address.getHostAddress() + "/" + prefix);
    }
  }

  public static Cidr parse(String text) {
    int slash = text.indexOf('/');
    if (slash < 0) {
      throw new EngineException(INVALID, "invalid CIDR address: " + text);
    }
    try {
      return new Cidr(
          address(text.substring(0, slash)), Integer.parseInt(text.substring(slash + 1)));
    } catch (NumberFormatException e) {
      throw new EngineException(INVALID, "invalid CIDR address: " + text, e);
    }
  }

  /** Reads a literal address; never asks a name server. */
  public static InetAddress address(String literal) {
    if (!LITERAL.matcher(literal).matches()) {
      throw new EngineException(INVALID, "invalid IP address: " + literal);
    }
    try {
      return InetAddress.getByName(literal);
    } catch (UnknownHostException e) {
      throw new EngineException(INVALID, "invalid IP address: " + literal, e);
    }
  }

  public boolean contains(InetAddress other) {
    byte[] mine = address.getAddress();
    byte[] theirs = other.getAddress();
    if (mine.length != theirs.length) {
      return false;
    }
    for (int bit = 0; bit < prefix; bit += 8) {
      int mask = prefix - bit >= 8 ? 0xff : 0xff << (8 - (prefix - bit)) & 0xff;
      if (((mine[bit / 8] ^ theirs[bit / 8]) & mask) != 0) {
        return false;
      }
    }
    return true;
  }

  public boolean overlaps(Cidr other) {
    return prefix <= other.prefix ? contains(other.address) : other.contains(address);
  }

  /** As people write it, IPv6 in the short form of RFC 5952, which Java does not know. */
  public static String text(InetAddress address) {
    byte[] bytes = address.getAddress();
    if (bytes.length == 4) {
      return address.getHostAddress();
    }
    int from = 8;
    int zeros = 1; // a single zero is written out
    for (int i = 0; i < 8; i++) {
      int end = i;
      while (end < 8 && bytes[2 * end] == 0 && bytes[2 * end + 1] == 0) {
        end++;
      }
      if (end - i > zeros) {
        from = i;
        zeros = end - i;
      }
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 8; i++) {
      if (i == from) {
        text.append("::");
        i += zeros - 1;
        continue;
      }
      if (text.length() > 0 && text.charAt(text.length() - 1) != ':') {
        text.append(':');
      }
      text.append(Integer.toHexString((bytes[2 * i] & 0xff) << 8 | bytes[2 * i + 1] & 0xff));
    }
    return text.toString();
  }

  @Override
  public String toString() {
    return text(address) + "/" + prefix;
  }
}
