package dev.felucca.linux.nftables;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * The key of a set's element, or the value of a map's: parts one after the other, each padded as
 * the kernel does.
 */
public final class Value {
  private static final byte[] NOTHING = {};

  private final byte[] bytes;
  private final boolean concatenated;

  private Value(byte[] bytes, boolean concatenated) {
    this.bytes = bytes;
    this.concatenated = concatenated;
  }

  public static Value of(InetAddress address) {
    return new Value(address.getAddress(), false);
  }

  public static Value ofInterface(String name) {
    byte[] text = name.getBytes(StandardCharsets.UTF_8);
    if (text.length >= DataType.INTERFACE.length()) {
      throw new IllegalArgumentException("not an interface name: '" + name + "'");
    }
    return new Value(Arrays.copyOf(text, DataType.INTERFACE.length()), false);
  }

  public static Value ofPort(int port) {
    return new Value(new byte[] {(byte) (port >> 8), (byte) port}, false);
  }

  /** An IP protocol number: 6 for tcp. */
  public static Value ofProtocol(int number) {
    return new Value(new byte[] {(byte) number}, false);
  }

  static Value ofBytes(byte[] bytes) {
    return new Value(bytes, false);
  }

  /** This and then {@code next}, as one key. */
  public Value and(Value next) {
    byte[] first = concatenated ? bytes : padded(bytes);
    byte[] second = next.concatenated ? next.bytes : padded(next.bytes);
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return new Value(both, true);
  }

  byte[] bytes() {
    return bytes.clone();
  }

  private static byte[] padded(byte[] bytes) {
    return bytes.length == 0 ? NOTHING : Arrays.copyOf(bytes, bytes.length + 3 & ~3);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Value && Arrays.equals(bytes, ((Value) other).bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return HexFormat.of().formatHex(bytes);
  }
}
