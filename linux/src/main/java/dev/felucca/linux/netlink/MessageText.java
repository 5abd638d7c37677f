package dev.felucca.linux.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Netlink messages in words, read from their bytes: what is printed is what the kernel gets.
 * Attributes without a known name are printed by number, so nothing is left out.
 */
final class MessageText {
  private static final int NFTABLES = 10;

  private MessageText() {}

  static String of(Message message) {
    int type = message.type();
    ByteBuffer payload = message.payload();
    if (type >> 8 == NFTABLES) {
      return FirewallText.of(message);
    }
    // The transaction marks of netfilter have the numbers of newlink and dellink, and no interface
    // header.
    if (payload.remaining() == 4 && (type == LinkMessage.NEWLINK || type == LinkMessage.DELLINK)) {
      return type == LinkMessage.NEWLINK ? "begin" : "commit";
    }
    return switch (type) {
      case LinkMessage.NEWLINK -> link("newlink", message);
      case LinkMessage.DELLINK -> link("dellink", message);
      case LinkMessage.GETLINK -> link("getlink", message);
      case AddressMessage.NEWADDR -> address("newaddr", message);
      case AddressMessage.DELADDR -> address("deladdr", message);
      case AddressMessage.GETADDR -> address("getaddr", message);
      case RouteMessage.NEWROUTE -> route("newroute", message);
      case RouteMessage.DELROUTE -> route("delroute", message);
      case RouteMessage.GETROUTE -> route("getroute", message);
      default -> "message " + type + " " + Shape.HEX.apply(bytes(payload));
    };
  }

  private static String link(String verb, Message message) {
    ByteBuffer payload = message.payload();
    if (payload.remaining() < 16) {
      return verb;
    }
    return join(verb, linkHeader(payload), LINK.words(payload));
  }

  /** Index, and the flags that are to change. */
  private static String linkHeader(ByteBuffer fixed) {
    int index = fixed.getInt(4);
    int change = fixed.getInt(12);
    String state = (change & 1) == 0 ? "" : (fixed.getInt(8) & 1) == 1 ? "up" : "down";
    return join(index == 0 ? "" : "index=" + index, state, "");
  }

  private static String peerOrNumber(byte[] value) {
    return value.length <= 4 ? "mode=" + Shape.NUMBER.apply(value) : "peer=" + peer(value);
  }

  private static String peer(byte[] value) {
    ByteBuffer in = ByteBuffer.wrap(value).order(ByteOrder.nativeOrder());
    return "{" + join(linkHeader(in), PEER.words(in), "") + "}";
  }

  private static String address(String verb, Message message) {
    ByteBuffer payload = message.payload();
    if (payload.remaining() < 8 || payload.getInt(4) == 0) {
      return verb;
    }
    String where = "index=" + payload.getInt(4) + " prefix=" + (payload.get(1) & 0xff);
    return join(verb, where, ADDRESS.words(payload));
  }

  private static String route(String verb, Message message) {
    ByteBuffer payload = message.payload();
    if (payload.remaining() < 12 || payload.get(7) == 0) {
      return verb;
    }
    int prefix = payload.get(1) & 0xff;
    return join(verb, prefix == 0 ? "default" : "prefix=" + prefix, ROUTE.words(payload));
  }

  static String join(String first, String second, String third) {
    StringBuilder text = new StringBuilder(first);
    for (String next : new String[] {second, third}) {
      if (!next.isEmpty()) {
        text.append(text.length() == 0 ? "" : " ").append(next);
      }
    }
    return text.toString();
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }

  private static final Shape PEER = linkShape();
  private static final Shape PORT =
      Shape.attributes().with(LinkMessage.PORT_ISOLATED, "isolated", Shape.NUMBER);
  private static final Shape LINK =
      linkShape()
          .with(
              LinkMessage.INFO,
              "info",
              Shape.attributes()
                  .with(LinkMessage.INFO_KIND, "kind", Shape.TEXT)
                  .with(
                      LinkMessage.INFO_DATA,
                      "data",
                      Shape.attributes()
                          // The first of a veth is its other end; of the others it is a number.
                          .with(1, "", MessageText::peerOrNumber)
                          .with(2, "flags", Shape.NUMBER))
                  .with(LinkMessage.INFO_SLAVE_KIND, "port-of", Shape.TEXT)
                  .with(LinkMessage.INFO_SLAVE_DATA, "port", PORT));
  private static final Shape ADDRESS =
      Shape.after(8)
          .with(AddressMessage.ADDRESS, "address", Shape.IP)
          .with(AddressMessage.LOCAL, "local", Shape.IP)
          .with(AddressMessage.BROADCAST, "broadcast", Shape.IP)
          .with(AddressMessage.FLAGS, "flags", Shape.NUMBER);
  private static final Shape ROUTE =
      Shape.after(12)
          .with(RouteMessage.DESTINATION, "to", Shape.IP)
          .with(RouteMessage.GATEWAY, "via", Shape.IP)
          .with(RouteMessage.OUTPUT, "index", Shape.NUMBER)
          .with(RouteMessage.PRIORITY, "metric", Shape.NUMBER)
          .with(RouteMessage.TABLE, "table", Shape.NUMBER);

  private static Shape linkShape() {
    return Shape.after(16)
        .with(LinkMessage.ADDRESS, "mac", Shape.MAC)
        .with(LinkMessage.NAME, "name", Shape.TEXT)
        .with(LinkMessage.MTU, "mtu", Shape.NUMBER)
        .with(LinkMessage.LINK, "on", Shape.NUMBER)
        .with(LinkMessage.MASTER, "master", Shape.NUMBER)
        .with(LinkMessage.ALIAS, "alias", Shape.TEXT)
        .with(LinkMessage.NETNS_FD, "netns-fd", Shape.NUMBER)
        .with(
            LinkMessage.AF_SPEC,
            "families",
            Shape.attributes()
                .with(10, "inet6", Shape.attributes().with(8, "address-generation", Shape.NUMBER)));
  }
}
