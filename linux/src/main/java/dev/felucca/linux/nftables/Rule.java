package dev.felucca.linux.nftables;

import dev.felucca.linux.netlink.MessageBuilder;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/**
 * One rule as the expressions the kernel evaluates from left to right: each loads something into a
 * register, compares it, or ends the rule with a verdict. Method names follow {@code nft}'s words.
 * Registers are taken from the left: a comparison uses the first one, a lookup all that were loaded
 * since the last.
 *
 * @see <a href="https://manpages.debian.org/bookworm/nftables/nft.8.en.html">nft(8)</a>
 */
public final class Rule {
  private static final int LIST_ELEMENT = 1;
  private static final int EXPRESSION_NAME = 1;
  private static final int EXPRESSION_DATA = 2;
  private static final int VALUE = 1;
  private static final int VERDICT = 2;
  private static final int VERDICT_REGISTER = 0;
  private static final int FIRST_REGISTER = 8;
  private static final int EQUAL = 0;
  private static final int NOT_EQUAL = 1;
  private static final int NETWORK_HEADER = 1;
  private static final int TRANSPORT_HEADER = 2;
  private static final int META_NFPROTO = 15;
  private static final int META_L4PROTO = 16;
  private static final int META_IIFNAME = 6;
  private static final int META_OIFNAME = 7;
  private static final int CT_STATE = 0;
  private static final int CT_STATUS = 2;
  private static final int FIB_ADDRESS_TYPE = 3;
  private static final int FIB_DADDR = 2;
  private static final int LOCAL = 2;
  private static final int UDATA_COMMENT = 0;
  private static final int INTERNET_CHECKSUM = 1;

  /** A protocol with ports; numbers are those of the IP header. */
  public enum Transport {
    TCP(6, 16),
    UDP(17, 6);

    private final int number;
    private final int checksumOffset;

    Transport(int number, int checksumOffset) {
      this.number = number;
      this.checksumOffset = checksumOffset;
    }

    int number() {
      return number;
    }

    int checksumOffset() {
      return checksumOffset;
    }
  }

  /** {@code ct state established,related}. */
  public static final int ESTABLISHED_OR_RELATED = 2 | 4;

  private final List<Consumer<MessageBuilder>> expressions = new ArrayList<>();
  private int loaded;
  private byte[] comment = {};

  public static Rule rule() {
    return new Rule();
  }

  /** Shown by {@code nft list} after the rule; up to 127 bytes. */
  public Rule comment(String text) {
    byte[] utf8 = (text + '\0').getBytes(StandardCharsets.UTF_8);
    ByteBuffer tlv = ByteBuffer.allocate(2 + utf8.length);
    comment = tlv.put((byte) UDATA_COMMENT).put((byte) utf8.length).put(utf8).array();
    return this;
  }

  public Rule ctState(int bits) {
    return ct(CT_STATE, bits);
  }

  /** The connection's destination was changed by NAT. */
  public Rule ctStatusDnat() {
    return ct(CT_STATUS, 0x20);
  }

  /** Only IPv4, or only IPv6 packets. */
  public Rule nfproto(Family family) {
    load(4, register -> meta(META_NFPROTO, register));
    return compare(EQUAL, (byte) family.number());
  }

  public Rule iifname() {
    return load(16, register -> meta(META_IIFNAME, register));
  }

  public Rule oifname() {
    return load(16, register -> meta(META_OIFNAME, register));
  }

  /** The protocol after the IP header. */
  public Rule l4proto() {
    return load(4, register -> meta(META_L4PROTO, register));
  }

  /** The protocol after the IP header is that one. */
  public Rule l4protoIs(int number) {
    l4proto();
    return compare(EQUAL, (byte) number);
  }

  /** The destination port of TCP, UDP, SCTP. */
  public Rule dport() {
    return load(4, register -> payload(TRANSPORT_HEADER, 2, 2, register));
  }

  /** The protocol is that one, TCP or UDP, and so are the ports. */
  public Rule dportIs(Transport transport, int port) {
    return portIs(transport, 2, port);
  }

  public Rule sportIs(Transport transport, int port) {
    return portIs(transport, 0, port);
  }

  /**
   * Writes another destination port into the packet, with no connection tracking: what comes back
   * has to be written as well. Say the protocol before.
   */
  public Rule setDport(Transport transport, int port) {
    return setPort(transport, 2, port);
  }

  public Rule setSport(Transport transport, int port) {
    return setPort(transport, 0, port);
  }

  private Rule portIs(Transport transport, int offset, int port) {
    l4proto();
    compare(EQUAL, (byte) transport.number());
    load(4, register -> payload(TRANSPORT_HEADER, offset, 2, register));
    return compare(EQUAL, (byte) (port >> 8), (byte) port);
  }

  private Rule setPort(Transport transport, int offset, int port) {
    expression(
        "immediate",
        data ->
            data.be32(1, FIRST_REGISTER)
                .nested(
                    2,
                    value -> value.attribute(VALUE, new byte[] {(byte) (port >> 8), (byte) port})));
    expression(
        "payload",
        data ->
            data.be32(5, FIRST_REGISTER)
                .be32(2, TRANSPORT_HEADER)
                .be32(3, offset)
                .be32(4, 2)
                .be32(6, INTERNET_CHECKSUM)
                .be32(7, transport.checksumOffset()));
    return this;
  }

  /** The IPv4 destination is that one; say {@link #nfproto} before. */
  public Rule daddrIs(Inet4Address address) {
    daddr(Family.IP);
    return compare(EQUAL, address.getAddress());
  }

  /** The IPv4 source is that one; say {@link #nfproto} before. */
  public Rule saddrIs(Inet4Address address) {
    saddr(Family.IP);
    return compare(EQUAL, address.getAddress());
  }

  /** The destination address; say {@link #nfproto} before. */
  public Rule daddr(Family family) {
    return family == Family.IP6
        ? load(16, register -> payload(NETWORK_HEADER, 24, 16, register))
        : load(4, register -> payload(NETWORK_HEADER, 16, 4, register));
  }

  /** The source address; say {@link #nfproto} before. */
  public Rule saddr(Family family) {
    return family == Family.IP6
        ? load(16, register -> payload(NETWORK_HEADER, 8, 16, register))
        : load(4, register -> payload(NETWORK_HEADER, 12, 4, register));
  }

  /**
   * The source is in that range; holds for its family only, so that nothing need be said before.
   */
  public Rule saddrIn(InetAddress network, int prefix) {
    return in(network, prefix, false);
  }

  /** The destination is in that range; as {@link #saddrIn}. */
  public Rule daddrIn(InetAddress network, int prefix) {
    return in(network, prefix, true);
  }

  private Rule in(InetAddress network, int prefix, boolean destination) {
    byte[] bytes = network.getAddress();
    Family family = bytes.length == 4 ? Family.IP : Family.IP6;
    nfproto(family);
    if (prefix == 0) {
      return this;
    }
    if (destination) {
      daddr(family);
    } else {
      saddr(family);
    }
    byte[] mask = new byte[bytes.length];
    for (int bit = 0; bit < prefix; bit++) {
      mask[bit / 8] |= (byte) (0x80 >> bit % 8);
    }
    byte[] base = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      base[i] = (byte) (bytes[i] & mask[i]);
    }
    expression(
        "bitwise",
        data ->
            data.be32(1, FIRST_REGISTER)
                .be32(2, FIRST_REGISTER)
                .be32(3, mask.length)
                .nested(4, value -> value.attribute(VALUE, mask))
                .nested(5, xor -> xor.attribute(VALUE, new byte[mask.length])));
    return compare(EQUAL, base);
  }

  /** The first byte of the destination address, for {@code 127.0.0.0/8}. */
  public Rule daddrInLoopback() {
    load(4, register -> payload(NETWORK_HEADER, 16, 1, register));
    return compare(EQUAL, (byte) 127);
  }

  /** The first byte of the source address, for {@code 127.0.0.0/8}. */
  public Rule saddrInLoopback() {
    load(4, register -> payload(NETWORK_HEADER, 12, 1, register));
    return compare(EQUAL, (byte) 127);
  }

  /** The destination is an address of this host. */
  public Rule daddrLocal() {
    load(
        4,
        register ->
            expression(
                "fib",
                data -> data.be32(1, register).be32(2, FIB_ADDRESS_TYPE).be32(3, FIB_DADDR)));
    return compare(EQUAL, host(LOCAL));
  }

  /** What was loaded is in the set. */
  public Rule in(NamedSet set) {
    return lookup(set, false);
  }

  public Rule notIn(NamedSet set) {
    return lookup(set, true);
  }

  /** Looks what was loaded up in the map; the value is the new destination: address, then port. */
  public Rule dnatTo(Family family, NamedSet map) {
    loaded = 0;
    int port = FIRST_REGISTER + (family == Family.IP6 ? 4 : 1);
    expression(
        "lookup", data -> data.text(1, map.name()).be32(2, FIRST_REGISTER).be32(3, FIRST_REGISTER));
    expression(
        "nat",
        data -> data.be32(1, 1).be32(2, family.number()).be32(3, FIRST_REGISTER).be32(5, port));
    return this;
  }

  public Rule masquerade() {
    expression("masq", data -> {});
    return this;
  }

  public Rule counter() {
    expression("counter", data -> data.be64(1, 0).be64(2, 0));
    return this;
  }

  public Rule accept() {
    return verdict(1);
  }

  public Rule drop() {
    return verdict(0);
  }

  byte[] userdata() {
    return comment.clone();
  }

  void write(MessageBuilder list) {
    expressions.forEach(expression -> expression.accept(list));
  }

  private Rule verdict(int code) {
    expression(
        "immediate",
        data ->
            data.be32(1, VERDICT_REGISTER)
                .nested(2, value -> value.nested(VERDICT, verdict -> verdict.be32(1, code))));
    return this;
  }

  private Rule ct(int key, int bits) {
    load(4, register -> expression("ct", data -> data.be32(2, key).be32(1, register)));
    expression(
        "bitwise",
        data ->
            data.be32(1, FIRST_REGISTER)
                .be32(2, FIRST_REGISTER)
                .be32(3, 4)
                .nested(4, mask -> mask.attribute(VALUE, host(bits)))
                .nested(5, xor -> xor.attribute(VALUE, host(0))));
    return compare(NOT_EQUAL, host(0));
  }

  private void meta(int key, int register) {
    expression("meta", data -> data.be32(2, key).be32(1, register));
  }

  private void payload(int header, int offset, int length, int register) {
    expression(
        "payload", data -> data.be32(1, register).be32(2, header).be32(3, offset).be32(4, length));
  }

  private Rule compare(int operator, byte... with) {
    loaded = 0;
    expression(
        "cmp",
        data ->
            data.be32(1, FIRST_REGISTER)
                .be32(2, operator)
                .nested(3, value -> value.attribute(VALUE, with)));
    return this;
  }

  private Rule lookup(NamedSet set, boolean inverted) {
    loaded = 0;
    expression(
        "lookup",
        data -> {
          data.text(1, set.name()).be32(2, FIRST_REGISTER);
          if (inverted) {
            data.be32(5, 1);
          }
        });
    return this;
  }

  /** Registers are counted in four byte units from {@code NFT_REG32_00}. */
  private Rule load(int bytes, IntConsumer expression) {
    expression.accept(FIRST_REGISTER + loaded / 4);
    loaded += bytes;
    return this;
  }

  private void expression(String name, Consumer<MessageBuilder> data) {
    expressions.add(
        list ->
            list.nested(
                LIST_ELEMENT,
                element ->
                    element.text(EXPRESSION_NAME, name).nested(EXPRESSION_DATA, data::accept)));
  }

  private static byte[] host(int value) {
    return ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(value).array();
  }
}
