package dev.felucca.linux.nftables;

import dev.felucca.linux.netlink.Message;
import dev.felucca.linux.netlink.MessageBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Changes of one table that happen together or not at all, in the order they are said. A value once
 * built: {@link #messages} can be compared, printed and sent. Not safe for several threads.
 */
public final class Transaction {
  private static final int SUBSYSTEM = 10;
  static final int NEWTABLE = 0;
  static final int GETTABLE = 1;
  static final int DELTABLE = 2;
  static final int NEWCHAIN = 3;
  static final int GETCHAIN = 4;
  static final int NEWRULE = 6;
  static final int GETRULE = 7;
  static final int NEWSET = 9;
  static final int GETSET = 10;
  static final int NEWSETELEM = 12;
  static final int GETSETELEM = 13;
  static final int DELSETELEM = 14;
  static final int GETGEN = 16;
  private static final int BATCH_BEGIN = 16;
  private static final int BATCH_END = 17;
  private static final int MAP = 8;
  private static final int ACCEPT = 1;
  private static final int DROP = 0;

  /** Elements of one message: their list is one attribute, which ends at 64 kB. */
  private static final int ELEMENTS = 500;

  private final Table table;
  private final List<Message> messages = new ArrayList<>();
  private int sets;

  /**
   * Changes nothing yet.
   *
   * @throws IllegalArgumentException when {@code nft} could not type the table's name
   */
  public Transaction(Table table) {
    Names.check(table.name());
    this.table = table;
  }

  public Table table() {
    return table;
  }

  public List<Message> messages() {
    return List.copyOf(messages);
  }

  /** Makes the table; one that is there stays as it is. */
  public Transaction addTable() {
    return add(start(NEWTABLE, Message.CREATE).text(1, table.name()));
  }

  /** Makes the table; refused with EEXIST when there is one. */
  public Transaction createTable() {
    return add(start(NEWTABLE, Message.CREATE | Message.EXCLUSIVE).text(1, table.name()));
  }

  /**
   * Deletes the table with everything in it; refused with ENOENT when there is none. The kernel
   * frees what is deleted a grace period of RCU later, and who closes a socket of nftables in that
   * namespace meanwhile waits for it (10 ms and more).
   */
  public Transaction deleteTable() {
    return add(start(DELTABLE, 0).text(1, table.name()));
  }

  public Transaction addChain(Chain chain) {
    return add(
        start(NEWCHAIN, Message.CREATE)
            .text(1, table.name())
            .text(3, chain.name())
            .nested(4, hook -> hook.be32(1, chain.hook().ordinal()).be32(2, chain.priority()))
            .be32(5, chain.accepts() ? ACCEPT : DROP)
            .text(7, chain.type()));
  }

  public Transaction addSet(NamedSet set) {
    sets++;
    MessageBuilder out =
        start(NEWSET, Message.CREATE)
            .text(1, table.name())
            .text(2, set.name())
            .be32(3, set.isMap() ? MAP : 0)
            .be32(4, DataType.number(set.keyTypes()))
            .be32(5, DataType.length(set.keyTypes()));
    if (set.isMap()) {
      out.be32(6, DataType.number(set.dataTypes())).be32(7, DataType.length(set.dataTypes()));
    }
    out.be32(10, sets);
    return add(out.attribute(13, byteOrders(set)));
  }

  /** Adds a rule at the end of the chain. */
  public Transaction addRule(String chain, Rule rule) {
    MessageBuilder out =
        start(NEWRULE, Message.CREATE | Message.APPEND)
            .text(1, table.name())
            .text(2, Names.check(chain))
            .nested(4, rule::write);
    if (rule.userdata().length > 0) {
      out.attribute(7, rule.userdata());
    }
    return add(out);
  }

  /** Adds elements to a set; those that are there already stay. */
  public Transaction addElements(NamedSet set, List<Value> keys) {
    for (int from = 0; from < keys.size(); from += ELEMENTS) {
      List<Value> some = keys.subList(from, Math.min(keys.size(), from + ELEMENTS));
      add(
          elements(NEWSETELEM, Message.CREATE, set)
              .nested(3, list -> some.forEach(key -> element(list, key, null))));
    }
    return this;
  }

  /**
   * Adds entries to a map; a key that is there with another value is refused with EBUSY or EEXIST.
   */
  public Transaction putElements(NamedSet map, Map<Value, Value> entries) {
    List<Map.Entry<Value, Value>> all = List.copyOf(entries.entrySet());
    for (int from = 0; from < all.size(); from += ELEMENTS) {
      List<Map.Entry<Value, Value>> some = all.subList(from, Math.min(all.size(), from + ELEMENTS));
      add(
          elements(NEWSETELEM, Message.CREATE, map)
              .nested(
                  3,
                  list -> some.forEach(entry -> element(list, entry.getKey(), entry.getValue()))));
    }
    return this;
  }

  /** Takes elements out of a set or map; one that is not there is refused with ENOENT. */
  public Transaction removeElements(NamedSet set, List<Value> keys) {
    for (int from = 0; from < keys.size(); from += ELEMENTS) {
      List<Value> some = keys.subList(from, Math.min(keys.size(), from + ELEMENTS));
      add(
          elements(DELSETELEM, 0, set)
              .nested(3, list -> some.forEach(key -> element(list, key, null))));
    }
    return this;
  }

  private MessageBuilder elements(int type, int flags, NamedSet set) {
    return start(type, flags).text(2, set.name()).text(1, table.name());
  }

  private static void element(MessageBuilder list, Value key, @Nullable Value data) {
    list.nested(
        1,
        element -> {
          element.nested(1, value -> value.attribute(1, key.bytes()));
          if (data != null) {
            element.nested(2, value -> value.attribute(1, data.bytes()));
          }
        });
  }

  /** {@code nft} keeps the byte order of keys and values here, to show them right. */
  private static byte[] byteOrders(NamedSet set) {
    byte[] orders = new byte[set.isMap() ? 12 : 6];
    orders[1] = 4;
    orders[2] = (byte) DataType.byteOrder(set.keyTypes());
    if (set.isMap()) {
      orders[6] = 1;
      orders[7] = 4;
      orders[8] = (byte) DataType.byteOrder(set.dataTypes());
    }
    return orders;
  }

  private MessageBuilder start(int type, int flags) {
    return request(type, flags, table.family().number());
  }

  static MessageBuilder request(int type, int flags, int family) {
    return MessageBuilder.request(SUBSYSTEM << 8 | type, flags).u8(family).u8(0).u16(0);
  }

  static Message begin() {
    return frame(BATCH_BEGIN);
  }

  static Message end() {
    return frame(BATCH_END);
  }

  private static Message frame(int type) {
    // The subsystem number is in network order: its low byte comes second.
    return MessageBuilder.request(type, 0).u8(0).u8(0).u8(0).u8(SUBSYSTEM).build();
  }

  private Transaction add(MessageBuilder message) {
    messages.add(message.build());
    return this;
  }
}
