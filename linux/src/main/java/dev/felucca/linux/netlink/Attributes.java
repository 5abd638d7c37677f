package dev.felucca.linux.netlink;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The attributes of an answer, in the order they came. A broken length ends the list: the kernel
 * does not send one, and what came before is still good.
 */
public final class Attributes {
  private static final int TYPE_MASK = 0x3fff;

  /** One attribute: its type without flag bits, and its value. */
  public record Attribute(int type, byte[] value) {
    /** The value read as attributes. */
    public Attributes nested() {
      return parse(ByteBuffer.wrap(value));
    }
  }

  private final List<Attribute> all;

  private Attributes(List<Attribute> all) {
    this.all = Collections.unmodifiableList(all);
  }

  static Attributes parse(ByteBuffer from) {
    ByteBuffer in = from.order(ByteOrder.nativeOrder());
    List<Attribute> found = new ArrayList<>();
    while (in.remaining() >= 4) {
      int start = in.position();
      int length = in.getShort() & 0xffff;
      int type = in.getShort() & TYPE_MASK;
      if (length < 4 || length - 4 > in.remaining()) {
        break;
      }
      byte[] value = new byte[length - 4];
      in.get(value);
      found.add(new Attribute(type, value));
      in.position(Math.min(start + Message.align(length), in.limit()));
    }
    return new Attributes(found);
  }

  public List<Attribute> all() {
    return all;
  }

  /** The value of the last attribute of this type, or null. */
  public byte @Nullable [] bytes(int type) {
    byte[] value = null;
    for (Attribute attribute : all) {
      if (attribute.type == type) {
        value = attribute.value;
      }
    }
    return value;
  }

  /** A string up to its NUL, or null. */
  public @Nullable String text(int type) {
    byte[] value = bytes(type);
    return value == null ? null : text(value);
  }

  static String text(byte[] value) {
    int end = 0;
    while (end < value.length && value[end] != 0) {
      end++;
    }
    return new String(value, 0, end, StandardCharsets.UTF_8);
  }

  /** A number of 1, 2, 4 or 8 bytes in host order, or {@code absent}. */
  public long number(int type, long absent) {
    byte[] value = bytes(type);
    return value == null ? absent : number(value, ByteOrder.nativeOrder());
  }

  /** A number in network order, or {@code absent}. */
  public long beNumber(int type, long absent) {
    byte[] value = bytes(type);
    return value == null ? absent : number(value, ByteOrder.BIG_ENDIAN);
  }

  static long number(byte[] value, ByteOrder order) {
    ByteBuffer in = ByteBuffer.wrap(value).order(order);
    switch (value.length) {
      case 1:
        return in.get() & 0xff;
      case 2:
        return in.getShort() & 0xffff;
      case 4:
        return in.getInt() & 0xffffffffL;
      case 8:
        return in.getLong();
      default:
        throw new IllegalArgumentException("a number of " + value.length + " bytes");
    }
  }

  /** An IPv4 or IPv6 address, or null. */
  public @Nullable InetAddress address(int type) {
    byte[] value = bytes(type);
    if (value == null) {
      return null;
    }
    try {
      return InetAddress.getByAddress(value);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("an address of " + value.length + " bytes", e);
    }
  }

  /** The attributes inside an attribute; none when it is absent. */
  public Attributes nested(int type) {
    byte[] value = bytes(type);
    return value == null ? new Attributes(List.of()) : parse(ByteBuffer.wrap(value));
  }
}
