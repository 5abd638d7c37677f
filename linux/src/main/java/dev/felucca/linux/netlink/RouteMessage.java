package dev.felucca.linux.netlink;

import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/** Messages about the main routing table. */
public final class RouteMessage {
  static final int NEWROUTE = 24;
  static final int DELROUTE = 25;
  static final int GETROUTE = 26;
  static final int DESTINATION = 1;
  static final int OUTPUT = 4;
  static final int GATEWAY = 5;
  static final int PRIORITY = 6;
  static final int TABLE = 15;
  static final int MAIN = 254;
  private static final int BOOT = 3;
  private static final int UNICAST = 1;
  private static final int SCOPE_LINK = 253;

  private RouteMessage() {}

  /** Everything goes to {@code gateway}; replaces the default route of the same metric. */
  public static Message defaultVia(InetAddress gateway) {
    return route(null, 0, gateway, 0, 0);
  }

  /** As {@link #defaultVia(InetAddress)}, out of this interface. */
  public static Message defaultVia(InetAddress gateway, int index) {
    return route(null, 0, gateway, index, 0);
  }

  /** Removes the default route by this gateway and interface; ESRCH when there is none such. */
  public static Message removeDefaultVia(InetAddress gateway, int index) {
    return remove(null, 0, gateway, index, 0);
  }

  /**
   * Replaces or adds a route.
   *
   * @param destination null for the default route
   * @param gateway null when the destination is on the link itself
   * @param index the interface, or 0 to let the gateway decide
   * @param metric lower wins; 0 is the kernel's default
   */
  public static Message route(
      @Nullable InetAddress destination,
      int prefix,
      @Nullable InetAddress gateway,
      int index,
      int metric) {
    return body(
        MessageBuilder.request(NEWROUTE, Message.CREATE | Message.REPLACE),
        destination,
        prefix,
        gateway,
        index,
        metric);
  }

  /** Removes a route; ESRCH when there is none such. */
  public static Message remove(
      @Nullable InetAddress destination,
      int prefix,
      @Nullable InetAddress gateway,
      int index,
      int metric) {
    return body(MessageBuilder.request(DELROUTE, 0), destination, prefix, gateway, index, metric);
  }

  /** Asks for all routes of a family, as a dump. */
  public static Message list() {
    return header(MessageBuilder.request(GETROUTE, 0), 0, 0, 0, 0, 0, 0).build();
  }

  private static Message body(
      MessageBuilder out,
      @Nullable InetAddress destination,
      int prefix,
      @Nullable InetAddress gateway,
      int index,
      int metric) {
    InetAddress any = destination == null ? gateway : destination;
    if (any == null) {
      throw new IllegalArgumentException("a route to everywhere needs a gateway");
    }
    int scope = gateway == null ? SCOPE_LINK : 0;
    header(out, AddressMessage.family(any), destination == null ? 0 : prefix, MAIN, BOOT, scope, 1);
    if (destination != null) {
      out.address(DESTINATION, destination);
    }
    if (gateway != null) {
      out.address(GATEWAY, gateway);
    }
    if (index != 0) {
      out.attribute32(OUTPUT, index);
    }
    if (metric != 0) {
      out.attribute32(PRIORITY, metric);
    }
    return out.build();
  }

  private static MessageBuilder header(
      MessageBuilder out, int family, int prefix, int table, int protocol, int scope, int type) {
    return out.u8(family)
        .u8(prefix)
        .u8(0)
        .u8(0)
        .u8(table)
        .u8(protocol)
        .u8(scope)
        .u8(type == 0 ? 0 : UNICAST)
        .u32(0);
  }
}
