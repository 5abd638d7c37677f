package dev.felucca.linux.netlink;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A network interface as the kernel lists it.
 *
 * @param index the number it has in its namespace
 * @param kind {@code bridge}, {@code veth}, …; empty for real hardware and loopback
 * @param mac null where the kind has none
 * @param mtu bytes of the largest packet
 * @param master the index of the bridge it is a port of, or 0
 * @param alias the free text given to it, or empty
 * @param isolatedPort see {@link LinkMessage#isolatedPort}
 */
public record Link(
    int index,
    String name,
    String kind,
    boolean up,
    @Nullable MacAddress mac,
    int mtu,
    int master,
    String alias,
    boolean isolatedPort) {
  private static final int FIXED = 16;

  static Link parse(Message message) {
    ByteBuffer fixed = message.payload();
    Attributes attributes = message.attributes(FIXED);
    Attributes info = attributes.nested(LinkMessage.INFO);
    byte[] mac = attributes.bytes(LinkMessage.ADDRESS);
    return new Link(
        fixed.getInt(4),
        orEmpty(attributes.text(LinkMessage.NAME)),
        orEmpty(info.text(LinkMessage.INFO_KIND)),
        (fixed.getInt(8) & LinkMessage.UP) != 0,
        mac == null || mac.length != 6 ? null : MacAddress.of(mac),
        (int) attributes.number(LinkMessage.MTU, 0),
        (int) attributes.number(LinkMessage.MASTER, 0),
        orEmpty(attributes.text(LinkMessage.ALIAS)),
        info.nested(LinkMessage.INFO_SLAVE_DATA).number(LinkMessage.PORT_ISOLATED, 0) == 1);
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }
}
