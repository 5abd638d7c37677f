package dev.felucca.linux.netlink;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * Writes one netlink message: a fixed part, then attributes, each padded to four bytes. Numbers are
 * in host byte order unless a method says {@code be}. Not safe for several threads.
 */
public final class MessageBuilder {
  private static final int NESTED = 0x8000;
  private static final int LARGEST_ATTRIBUTE = 0xffff;

  private ByteBuffer out = ByteBuffer.allocate(256).order(ByteOrder.nativeOrder());

  private MessageBuilder(int type, int flags) {
    out.putInt(0).putShort((short) type).putShort((short) flags).putInt(0).putInt(0);
  }

  /** Starts a message; {@code NLM_F_REQUEST} is always set. */
  public static MessageBuilder request(int type, int flags) {
    return new MessageBuilder(type, flags | Message.REQUEST);
  }

  /** A byte of a fixed part. */
  public MessageBuilder u8(int value) {
    room(1).put((byte) value);
    return this;
  }

  /** Two bytes of a fixed part. */
  public MessageBuilder u16(int value) {
    room(2).putShort((short) value);
    return this;
  }

  /** Four bytes of a fixed part. */
  public MessageBuilder u32(int value) {
    room(4).putInt(value);
    return this;
  }

  public MessageBuilder attribute(int type, byte... value) {
    if (4 + value.length > LARGEST_ATTRIBUTE) {
      throw new IllegalArgumentException("attribute " + type + " of " + value.length + " bytes");
    }
    room(4 + value.length + 3)
        .putShort((short) (4 + value.length))
        .putShort((short) type)
        .put(value);
    return pad();
  }

  /** A string with the NUL the kernel expects after it. */
  public MessageBuilder text(int type, String value) {
    return attribute(type, (value + '\0').getBytes(StandardCharsets.UTF_8));
  }

  public MessageBuilder attribute8(int type, int value) {
    return attribute(type, (byte) value);
  }

  public MessageBuilder attribute16(int type, int value) {
    return attribute(type, host(2).putShort((short) value).array());
  }

  public MessageBuilder attribute32(int type, int value) {
    return attribute(type, host(4).putInt(value).array());
  }

  /** Two bytes in network order. */
  public MessageBuilder be16(int type, int value) {
    return attribute(type, (byte) (value >> 8), (byte) value);
  }

  /** Four bytes in network order, as every number of nftables is. */
  public MessageBuilder be32(int type, int value) {
    return attribute(
        type, (byte) (value >> 24), (byte) (value >> 16), (byte) (value >> 8), (byte) value);
  }

  /** Eight bytes in network order. */
  public MessageBuilder be64(int type, long value) {
    return attribute(type, ByteBuffer.allocate(8).putLong(value).array());
  }

  public MessageBuilder address(int type, InetAddress value) {
    return attribute(type, value.getAddress());
  }

  /** An attribute whose value is what {@code body} writes. */
  public MessageBuilder nested(int type, Consumer<MessageBuilder> body) {
    int start = room(4).position();
    out.putShort((short) 0).putShort((short) (type | NESTED));
    body.accept(this);
    int length = out.position() - start;
    if (length > LARGEST_ATTRIBUTE) {
      throw new IllegalArgumentException("nested attribute " + type + " of " + length + " bytes");
    }
    out.putShort(start, (short) length);
    return this;
  }

  public Message build() {
    byte[] bytes = new byte[out.position()];
    out.putInt(0, bytes.length);
    out.flip().get(bytes);
    return new Message(bytes);
  }

  private MessageBuilder pad() {
    while ((out.position() & 3) != 0) {
      out.put((byte) 0);
    }
    return this;
  }

  private ByteBuffer room(int more) {
    if (out.remaining() < more) {
      int size = Math.max(out.capacity() * 2, out.position() + more);
      out = ByteBuffer.allocate(size).order(ByteOrder.nativeOrder()).put(out.flip());
    }
    return out;
  }

  private static ByteBuffer host(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.nativeOrder());
  }
}
