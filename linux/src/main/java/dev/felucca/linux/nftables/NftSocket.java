package dev.felucca.linux.nftables;

import dev.felucca.linux.Errno;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.netlink.Attributes;
import dev.felucca.linux.netlink.Message;
import dev.felucca.linux.netlink.NetlinkException;
import dev.felucca.linux.netlink.NetlinkSocket;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The nftables of one network namespace. Safe for several threads. */
public final class NftSocket implements AutoCloseable {
  static final int FIXED = 4;

  private final NetlinkSocket socket;

  /** Takes over a socket of {@link NetlinkSocket#NETFILTER}. */
  public NftSocket(NetlinkSocket socket) {
    this.socket = socket;
  }

  /** Of the engine's own namespace. */
  public static NftSocket open(Syscalls linux) throws IOException {
    return new NftSocket(NetlinkSocket.open(linux, NetlinkSocket.NETFILTER));
  }

  /**
   * Makes the changes.
   *
   * @throws NetlinkException for the first one refused; nothing has changed then
   */
  public void commit(Transaction transaction) throws IOException {
    socket.transact(Transaction.begin(), transaction.messages(), Transaction.end());
  }

  /** A number that changes with every change of any table of the namespace. */
  public long generation() throws IOException {
    for (Message message : socket.query(Transaction.request(Transaction.GETGEN, 0, 0).build())) {
      return message.attributes(FIXED).beNumber(1, -1);
    }
    return -1;
  }

  public List<Table> tables() throws IOException {
    List<Table> tables = new ArrayList<>();
    for (Message message : socket.dump(Transaction.request(Transaction.GETTABLE, 0, 0).build())) {
      int family = message.payload().get(0) & 0xff;
      String name = Objects.requireNonNullElse(message.attributes(FIXED).text(1), "");
      if (isKnown(family)) {
        tables.add(new Table(Family.of(family), name));
      }
    }
    return tables;
  }

  /** Names of the chains of a table; none when there is no such table. */
  public List<String> chains(Table table) throws IOException {
    List<String> chains = new ArrayList<>();
    int family = table.family().number();
    for (Message message :
        socket.dump(Transaction.request(Transaction.GETCHAIN, 0, family).build())) {
      Attributes attributes = message.attributes(FIXED);
      if (table.name().equals(attributes.text(1))) {
        chains.add(Objects.requireNonNullElse(attributes.text(3), ""));
      }
    }
    return chains;
  }

  /** How many rules a chain has; 0 when it is not there. */
  public int rules(Table table, String chain) throws IOException {
    return rulesOf(table, chain).size();
  }

  List<Message> rulesOf(Table table, String chain) throws IOException {
    Message request =
        Transaction.request(Transaction.GETRULE, 0, table.family().number())
            .text(1, table.name())
            .text(2, chain)
            .build();
    try {
      return socket.dump(request);
    } catch (NetlinkException e) {
      if (e.errno() == Errno.ENOENT) {
        return List.of();
      }
      throw e;
    }
  }

  /**
   * The elements of a set or map, keys to values; a set's values are empty. None when it is not
   * there.
   */
  public Map<Value, Value> elements(Table table, NamedSet set) throws IOException {
    Message request =
        Transaction.request(Transaction.GETSETELEM, 0, table.family().number())
            .text(1, table.name())
            .text(2, set.name())
            .build();
    Map<Value, Value> found = new LinkedHashMap<>();
    try {
      for (Message message : socket.dump(request)) {
        for (Attributes.Attribute element : message.attributes(FIXED).nested(3).all()) {
          byte[] key = element.nested().nested(1).bytes(1);
          byte[] data = element.nested().nested(2).bytes(1);
          if (key != null) {
            found.put(Value.ofBytes(key), Value.ofBytes(data == null ? new byte[0] : data));
          }
        }
      }
    } catch (NetlinkException e) {
      if (e.errno() != Errno.ENOENT) {
        throw e;
      }
    }
    return found;
  }

  /**
   * Base chains at the forward hook that drop or reject what none of their rules accepts, by their
   * policy or by a rule without a condition, other than {@code ours}: {@code ip filter FORWARD}.
   */
  public List<String> droppingForwardChains(Table ours) throws IOException {
    List<String> found = new ArrayList<>();
    for (Message message : socket.dump(Transaction.request(Transaction.GETCHAIN, 0, 0).build())) {
      Attributes attributes = message.attributes(FIXED);
      int family = message.payload().get(0) & 0xff;
      long hook = attributes.nested(4).beNumber(1, -1);
      boolean ip =
          family == Family.INET.number()
              || family == Family.IP.number()
              || family == Family.IP6.number();
      if (!ip || hook != Chain.Hook.FORWARD.ordinal()) {
        continue;
      }
      Table table =
          new Table(Family.of(family), Objects.requireNonNullElse(attributes.text(1), "?"));
      if (table.equals(ours)) {
        continue;
      }
      String chain = Objects.requireNonNullElse(attributes.text(3), "?");
      boolean policyDrops = attributes.beNumber(5, 1) == 0;
      ChainEnds.End end = new ChainEnds(this, table).of(chain);
      if (end == ChainEnds.End.REFUSES || end == ChainEnds.End.GOES_ON && policyDrops) {
        found.add(table + " " + chain);
      }
    }
    return found;
  }

  private static boolean isKnown(int family) {
    for (Family known : Family.values()) {
      if (known.number() == family) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void close() {
    socket.close();
  }
}
