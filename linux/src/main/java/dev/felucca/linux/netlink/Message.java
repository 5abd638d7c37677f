package dev.felucca.linux.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * One netlink message: what a program asks of the kernel, or what the kernel answered. A value: the
 * sequence number is the socket's business and is zero in a message that was built. See <a
 * href="https://docs.kernel.org/userspace-api/netlink/intro.html">Introduction to Netlink</a>.
 */
public final class Message {
  /** Bytes before the payload: length, type, flags, sequence number, port id. */
  public static final int HEADER = 16;

  /** {@code NLMSG_ERROR}: an answer carrying an errno, zero for an acknowledgement. */
  public static final int ERROR = 2;

  /** {@code NLMSG_DONE}: the end of a dump. */
  public static final int DONE = 3;

  /** {@code NLM_F_REQUEST}. */
  public static final int REQUEST = 1;

  /** {@code NLM_F_ACK}: answer even when all went well. */
  public static final int ACK = 4;

  /** {@code NLM_F_ECHO}: send back what was made. */
  public static final int ECHO = 8;

  /** {@code NLM_F_DUMP}: answer with everything. */
  public static final int DUMP = 0x300;

  /** {@code NLM_F_DUMP_INTR} in an answer: the table changed under the dump. */
  public static final int DUMP_INTERRUPTED = 0x10;

  /** {@code NLM_F_REPLACE}. */
  public static final int REPLACE = 0x100;

  /** {@code NLM_F_EXCL}: refuse when it is there already. */
  public static final int EXCLUSIVE = 0x200;

  /** {@code NLM_F_CREATE}. */
  public static final int CREATE = 0x400;

  /** {@code NLM_F_APPEND}. */
  public static final int APPEND = 0x800;

  private final byte[] bytes;

  Message(byte[] bytes) {
    this.bytes = bytes;
  }

  /** The message type, for example {@code RTM_NEWLINK}. */
  public int type() {
    return buffer().getShort(4) & 0xffff;
  }

  public int flags() {
    return buffer().getShort(6) & 0xffff;
  }

  int sequence() {
    return buffer().getInt(8);
  }

  /** Length in bytes, header included. */
  public int length() {
    return bytes.length;
  }

  /** What follows the header, in host byte order, read-only. */
  public ByteBuffer payload() {
    return buffer().position(HEADER).slice().order(ByteOrder.nativeOrder());
  }

  /** The attributes after a fixed part of {@code fixed} bytes. */
  public Attributes attributes(int fixed) {
    ByteBuffer payload = payload();
    return Attributes.parse(payload.position(Math.min(align(fixed), payload.limit())).slice());
  }

  /** A copy of the whole message as it goes over the wire. */
  public byte[] toBytes() {
    return bytes.clone();
  }

  Message with(int extraFlags) {
    byte[] copy = bytes.clone();
    ByteBuffer.wrap(copy)
        .order(ByteOrder.nativeOrder())
        .putShort(6, (short) (flags() | extraFlags));
    return new Message(copy);
  }

  /** Puts the message into {@code out} with the given sequence number and extra flags. */
  void write(ByteBuffer out, int sequence, int extraFlags) {
    int start = out.position();
    out.put(bytes);
    out.putShort(start + 6, (short) (flags() | extraFlags));
    out.putInt(start + 8, sequence);
    while ((out.position() & 3) != 0) {
      out.put((byte) 0);
    }
  }

  static int align(int length) {
    return length + 3 & ~3;
  }

  private ByteBuffer buffer() {
    return ByteBuffer.wrap(bytes).asReadOnlyBuffer().order(ByteOrder.nativeOrder());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Message && Arrays.equals(bytes, ((Message) other).bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /** The message in words, one line, made from its bytes: {@code newlink create name=veth0 …}. */
  @Override
  public String toString() {
    return MessageText.of(this);
  }
}
