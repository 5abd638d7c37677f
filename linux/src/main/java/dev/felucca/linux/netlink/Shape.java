package dev.felucca.linux.netlink;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.StringJoiner;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the attributes at one place of a message are called and how their values read. For {@link
 * MessageText} only.
 */
final class Shape {
  /** The words for a value. */
  interface Reader extends Function<byte[], String> {}

  static final Reader TEXT = Attributes::text;
  static final Reader NUMBER = value -> number(value, ByteOrder.nativeOrder());
  static final Reader BE = value -> number(value, ByteOrder.BIG_ENDIAN);
  static final Reader HEX = value -> HexFormat.of().formatHex(value);
  static final Reader MAC = HexFormat.ofDelimiter(":")::formatHex;
  static final Reader IP = Shape::ip;

  private record Named(String name, Reader reader) {}

  private final int fixed;
  private final Map<Integer, Named> attributes = new HashMap<>();

  private Shape(int fixed) {
    this.fixed = fixed;
  }

  /** Attributes that come after {@code fixed} bytes. */
  static Shape after(int fixed) {
    return new Shape(fixed);
  }

  static Shape attributes() {
    return new Shape(0);
  }

  /** An empty name prints the value alone. */
  Shape with(int type, String name, Reader reader) {
    attributes.put(type, new Named(name, reader));
    return this;
  }

  Shape with(int type, String name, Shape nested) {
    return with(type, name, nested::read);
  }

  String read(byte[] value) {
    String text = words(ByteBuffer.wrap(value));
    return text.indexOf(' ') < 0 && text.indexOf('=') < 0 ? text : "{" + text + "}";
  }

  String words(ByteBuffer value) {
    StringJoiner words = new StringJoiner(" ");
    ByteBuffer rest =
        value.duplicate().position(value.position() + Math.min(fixed, value.remaining()));
    for (Attributes.Attribute attribute : Attributes.parse(rest.slice()).all()) {
      @Nullable Named named = attributes.get(attribute.type());
      if (named == null) {
        words.add("#" + attribute.type() + "=" + HEX.apply(attribute.value()));
      } else {
        String text = named.reader.apply(attribute.value());
        words.add(named.name.isEmpty() ? text : named.name + "=" + text);
      }
    }
    return words.toString();
  }

  private static String number(byte[] value, ByteOrder order) {
    return value.length == 1 || value.length == 2 || value.length == 4 || value.length == 8
        ? Long.toString(Attributes.number(value, order))
        : HEX.apply(value);
  }

  private static String ip(byte[] value) {
    try {
      return InetAddress.getByAddress(value).getHostAddress();
    } catch (UnknownHostException e) {
      return HEX.apply(value);
    }
  }
}
