package dev.felucca.linux.netlink;

import java.util.Arrays;
import java.util.HexFormat;

/** A 48 bit hardware address. */
public final class MacAddress {
  private static final HexFormat COLONS = HexFormat.ofDelimiter(":");

  private final byte[] bytes;

  private MacAddress(byte[] bytes) {
    if (bytes.length != 6) {
      throw new IllegalArgumentException("a hardware address of " + bytes.length + " bytes");
    }
    this.bytes = bytes.clone();
  }

  public static MacAddress of(byte[] bytes) {
    return new MacAddress(bytes);
  }

  /** Reads {@code 02:42:ac:11:00:02}; dashes do, too. */
  public static MacAddress parse(String text) {
    try {
      return new MacAddress(COLONS.parseHex(text.replace('-', ':')));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("not a hardware address: '" + text + "'", e);
    }
  }

  public byte[] toBytes() {
    return bytes.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof MacAddress && Arrays.equals(bytes, ((MacAddress) other).bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return COLONS.formatHex(bytes);
  }
}
