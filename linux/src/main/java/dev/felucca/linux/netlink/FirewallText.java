package dev.felucca.linux.netlink;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** nftables messages in words, read from their bytes. */
final class FirewallText {
  private static final Map<Integer, String> VERBS =
      Map.ofEntries(
          Map.entry(0, "newtable"),
          Map.entry(1, "gettable"),
          Map.entry(2, "deltable"),
          Map.entry(3, "newchain"),
          Map.entry(4, "getchain"),
          Map.entry(5, "delchain"),
          Map.entry(6, "newrule"),
          Map.entry(7, "getrule"),
          Map.entry(8, "delrule"),
          Map.entry(9, "newset"),
          Map.entry(10, "getset"),
          Map.entry(11, "delset"),
          Map.entry(12, "newsetelem"),
          Map.entry(13, "getsetelem"),
          Map.entry(14, "delsetelem"));
  private static final Map<Integer, String> FAMILIES =
      Map.of(1, "inet", 2, "ip", 7, "bridge", 10, "ip6");

  private static final Shape TABLE = Shape.after(4).with(1, "table", Shape.TEXT);
  private static final Shape CHAIN =
      Shape.after(4)
          .with(1, "table", Shape.TEXT)
          .with(3, "chain", Shape.TEXT)
          .with(
              4,
              "hook",
              Shape.attributes()
                  .with(1, "number", Shape.BE)
                  .with(2, "priority", value -> Integer.toString(ByteBuffer.wrap(value).getInt())))
          .with(5, "policy", Shape.BE)
          .with(7, "type", Shape.TEXT);
  private static final Shape DATA =
      Shape.attributes()
          .with(1, "", Shape.HEX)
          .with(2, "verdict", Shape.attributes().with(1, "", FirewallText::verdict));
  private static final Shape RULE =
      Shape.after(4)
          .with(1, "table", Shape.TEXT)
          .with(2, "chain", Shape.TEXT)
          .with(4, "", FirewallText::expressions)
          .with(7, "userdata", Shape.HEX);
  private static final Shape SET =
      Shape.after(4)
          .with(1, "table", Shape.TEXT)
          .with(2, "set", Shape.TEXT)
          .with(3, "flags", Shape.BE)
          .with(4, "key-type", Shape.BE)
          .with(5, "key-length", Shape.BE)
          .with(6, "data-type", Shape.BE)
          .with(7, "data-length", Shape.BE)
          .with(10, "id", Shape.BE)
          .with(13, "userdata", Shape.HEX);
  private static final Shape ELEMENTS =
      Shape.after(4)
          .with(1, "table", Shape.TEXT)
          .with(2, "set", Shape.TEXT)
          .with(
              3,
              "elements",
              Shape.attributes()
                  .with(1, "", Shape.attributes().with(1, "key", DATA).with(2, "data", DATA)));

  private static final Map<String, Shape> EXPRESSIONS =
      Map.of(
          "meta", numbers("register", "key"),
          "ct", numbers("register", "key"),
          "payload", numbers("register", "header", "offset", "length"),
          "fib", numbers("register", "result", "flags"),
          "nat", numbers("type", "family", "address", "address-max", "port"),
          "masq", numbers(),
          "cmp", numbers("register", "op").with(3, "with", DATA),
          "bitwise", numbers("register", "to", "length").with(4, "mask", DATA).with(5, "xor", DATA),
          "lookup", numbers("", "register", "to", "id", "inverted").with(1, "set", Shape.TEXT),
          "immediate", numbers("register").with(2, "value", DATA));

  private FirewallText() {}

  static String of(Message message) {
    int type = message.type() & 0xff;
    ByteBuffer payload = message.payload();
    String verb = VERBS.getOrDefault(type, "nftables message " + type);
    if (payload.remaining() < 4) {
      return verb;
    }
    int family = payload.get(0) & 0xff;
    Shape shape =
        switch (type) {
          case 3, 4, 5 -> CHAIN;
          case 6, 7, 8 -> RULE;
          case 9, 10, 11 -> SET;
          case 12, 13, 14 -> ELEMENTS;
          default -> TABLE;
        };
    String words = shape.words(payload);
    return MessageText.join(
        verb, family == 0 ? "" : FAMILIES.getOrDefault(family, "#" + family), words);
  }

  private static String expressions(byte[] value) {
    List<String> words = new ArrayList<>();
    for (Attributes.Attribute element : Attributes.parse(ByteBuffer.wrap(value)).all()) {
      Attributes expression = element.nested();
      String name = expression.text(1);
      byte[] data = expression.bytes(2);
      Shape shape = EXPRESSIONS.getOrDefault(name == null ? "" : name, Shape.attributes());
      words.add(name + "(" + (data == null ? "" : shape.words(ByteBuffer.wrap(data))) + ")");
    }
    return String.join(" ", words);
  }

  private static String verdict(byte[] value) {
    return switch (ByteBuffer.wrap(value).getInt()) {
      case 0 -> "drop";
      case 1 -> "accept";
      default -> Shape.BE.apply(value);
    };
  }

  private static Shape numbers(String... names) {
    Shape shape = Shape.attributes();
    for (int i = 0; i < names.length; i++) {
      shape.with(i + 1, names[i], Shape.BE);
    }
    return shape;
  }
}
