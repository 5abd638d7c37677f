package dev.felucca.linux.netlink;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Describes a network interface to make or to change; {@link #build} gives the message. Not safe
 * for several threads.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/rtnetlink.7.html">rtnetlink(7)</a>
 */
public final class LinkMessage {
  /** {@code IFF_UP}. */
  static final int UP = 1;

  static final int NEWLINK = 16;
  static final int DELLINK = 17;
  static final int GETLINK = 18;

  static final int ADDRESS = 1;
  static final int NAME = 3;
  static final int MTU = 4;
  static final int LINK = 5;
  static final int MASTER = 10;
  static final int INFO = 18;
  static final int ALIAS = 20;
  static final int AF_SPEC = 26;
  static final int NETNS_FD = 28;
  static final int INFO_KIND = 1;
  static final int INFO_DATA = 2;
  static final int INFO_SLAVE_KIND = 4;
  static final int INFO_SLAVE_DATA = 5;
  static final int PORT_ISOLATED = 33;
  private static final int VETH_PEER = 1;
  private static final int AF_INET6 = 10;
  private static final int INET6_ADDR_GEN_MODE = 8;
  private static final int GEN_MODE_NONE = 1;
  private static final int LONGEST_NAME = 15;

  private final int messageFlags;
  private final int index;
  private int flags;
  private int change;
  private final List<Consumer<MessageBuilder>> attributes = new ArrayList<>();

  private LinkMessage(int messageFlags, int index) {
    this.messageFlags = messageFlags;
    this.index = index;
  }

  /**
   * A new interface; refused with EEXIST when the name is taken.
   *
   * @throws IllegalArgumentException when the kernel would not take the name: 1 to 15 bytes, no
   *     slash, colon or blank
   */
  public static LinkMessage create(String name) {
    return new LinkMessage(Message.CREATE | Message.EXCLUSIVE, 0).named(name);
  }

  /** A change of an interface that is there. */
  public static LinkMessage change(int index) {
    return new LinkMessage(0, index);
  }

  /** A change of an interface that is there, found by its name. */
  public static LinkMessage change(String name) {
    return new LinkMessage(0, 0).named(name);
  }

  /** Asks for one interface. */
  public static Message get(String name) {
    return header(MessageBuilder.request(GETLINK, 0), 0, 0, 0).text(NAME, checked(name)).build();
  }

  /** Asks for all interfaces, as a dump. */
  public static Message list() {
    return header(MessageBuilder.request(GETLINK, 0), 0, 0, 0).build();
  }

  /** Deletes an interface; the other end of a veth goes with it. */
  public static Message delete(String name) {
    return header(MessageBuilder.request(DELLINK, 0), 0, 0, 0).text(NAME, checked(name)).build();
  }

  /**
   * The name, or the new name; the interface may have to be down to be renamed (before kernel 6.2).
   */
  public LinkMessage named(String name) {
    String good = checked(name);
    return with(out -> out.text(NAME, good));
  }

  public LinkMessage up() {
    flags |= UP;
    change |= UP;
    return this;
  }

  public LinkMessage down() {
    flags &= ~UP;
    change |= UP;
    return this;
  }

  /** Bytes of the largest packet; 0 leaves it to the kernel. */
  public LinkMessage mtu(int mtu) {
    return mtu == 0 ? this : with(out -> out.attribute32(MTU, mtu));
  }

  /** The hardware address, or null to leave it to the kernel. */
  public LinkMessage mac(@Nullable MacAddress mac) {
    return mac == null ? this : with(out -> out.attribute(ADDRESS, mac.toBytes()));
  }

  /** The bridge it becomes a port of; 0 takes it out. */
  public LinkMessage master(int bridge) {
    return with(out -> out.attribute32(MASTER, bridge));
  }

  /**
   * A free text shown by {@code ip link}, up to 255 bytes; the kernel takes it in a {@link #change}
   * only.
   */
  public LinkMessage alias(String text) {
    return with(out -> out.attribute(ALIAS, text.getBytes(StandardCharsets.UTF_8)));
  }

  /**
   * The network namespace to be made in, or to move to, by a descriptor that must stay open until
   * the message is sent.
   */
  public LinkMessage namespace(int fd) {
    return with(out -> out.attribute32(NETNS_FD, fd));
  }

  public LinkMessage bridge() {
    return kind("bridge");
  }

  /** A pair of interfaces, of which {@code peer} (made with {@link #create}) is the other end. */
  public LinkMessage veth(LinkMessage peer) {
    return with(
        out ->
            out.nested(
                INFO,
                info ->
                    info.text(INFO_KIND, "veth")
                        .nested(INFO_DATA, data -> data.nested(VETH_PEER, peer::body))));
  }

  /** What it is made on: the index of an interface in the namespace of the socket. */
  public LinkMessage link(int parent) {
    return with(out -> out.attribute32(LINK, parent));
  }

  /** An interface with an address of its own on its {@link #link}. */
  public LinkMessage macvlan(int mode) {
    return with(
        out ->
            out.nested(
                INFO,
                info ->
                    info.text(INFO_KIND, "macvlan")
                        .nested(INFO_DATA, data -> data.attribute32(1, mode))));
  }

  /** An interface that shares the hardware address of its {@link #link}. */
  public LinkMessage ipvlan(int mode, int flags) {
    return with(
        out ->
            out.nested(
                INFO,
                info ->
                    info.text(INFO_KIND, "ipvlan")
                        .nested(
                            INFO_DATA, data -> data.attribute16(1, mode).attribute16(2, flags))));
  }

  /** The tagged packets (802.1Q) of its {@link #link}. */
  public LinkMessage vlan(int tag) {
    return with(
        out ->
            out.nested(
                INFO,
                info ->
                    info.text(INFO_KIND, "vlan")
                        .nested(INFO_DATA, data -> data.attribute16(1, tag))));
  }

  /** Any other kind that needs no data of its own, such as {@code dummy}. */
  public LinkMessage kind(String kind) {
    return with(out -> out.nested(INFO, info -> info.text(INFO_KIND, kind)));
  }

  /**
   * A bridge port that cannot talk to other such ports, only to the bridge itself and to ports
   * without it.
   */
  public LinkMessage isolatedPort(boolean isolated) {
    return with(
        out ->
            out.nested(
                INFO,
                info ->
                    info.text(INFO_SLAVE_KIND, "bridge")
                        .nested(
                            INFO_SLAVE_DATA,
                            port -> port.attribute8(PORT_ISOLATED, isolated ? 1 : 0))));
  }

  /**
   * No link-local IPv6 address when it comes up; the kernel takes this in a {@link #change} before
   * that only.
   */
  public LinkMessage noLinkLocalAddress() {
    return with(
        out ->
            out.nested(
                AF_SPEC,
                families ->
                    families.nested(
                        AF_INET6, inet6 -> inet6.attribute8(INET6_ADDR_GEN_MODE, GEN_MODE_NONE))));
  }

  public Message build() {
    MessageBuilder out = MessageBuilder.request(NEWLINK, messageFlags);
    body(out);
    return out.build();
  }

  private void body(MessageBuilder out) {
    header(out, index, flags, change);
    attributes.forEach(attribute -> attribute.accept(out));
  }

  private LinkMessage with(Consumer<MessageBuilder> attribute) {
    attributes.add(attribute);
    return this;
  }

  private static MessageBuilder header(MessageBuilder out, int index, int flags, int change) {
    return out.u8(0).u8(0).u16(0).u32(index).u32(flags).u32(change);
  }

  private static String checked(String name) {
    int length = name.getBytes(StandardCharsets.UTF_8).length;
    boolean good = length > 0 && length <= LONGEST_NAME && !name.equals(".") && !name.equals("..");
    for (int i = 0; good && i < name.length(); i++) {
      char c = name.charAt(i);
      good = c > ' ' && c != '/' && c != ':' && c != 0x7f;
    }
    if (!good) {
      throw new IllegalArgumentException("not an interface name: '" + name + "'");
    }
    return name;
  }
}
