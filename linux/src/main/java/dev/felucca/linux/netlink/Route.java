package dev.felucca.linux.netlink;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A unicast route.
 *
 * @param destination null for the default route
 * @param prefix bits of the destination's network part
 * @param gateway null when the destination is on the link itself
 * @param index the interface, or 0 for a route of several
 * @param table the routing table; the main one is 254
 */
public record Route(
    @Nullable InetAddress destination,
    int prefix,
    @Nullable InetAddress gateway,
    int index,
    int table) {
  private static final int FIXED = 12;
  private static final int UNICAST = 1;

  /** Null for other kinds: local, broadcast, blackhole. */
  static @Nullable Route parse(Message message) {
    ByteBuffer fixed = message.payload();
    if (fixed.get(7) != UNICAST) {
      return null;
    }
    Attributes attributes = message.attributes(FIXED);
    return new Route(
        attributes.address(RouteMessage.DESTINATION),
        fixed.get(1) & 0xff,
        attributes.address(RouteMessage.GATEWAY),
        (int) attributes.number(RouteMessage.OUTPUT, 0),
        (int) attributes.number(RouteMessage.TABLE, fixed.get(4) & 0xff));
  }
}
