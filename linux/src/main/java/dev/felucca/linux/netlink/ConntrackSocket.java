package dev.felucca.linux.netlink;

import dev.felucca.linux.Errno;
import dev.felucca.linux.Syscalls;
import java.io.IOException;
import java.util.Set;

/** The connections that one network namespace keeps track of. Safe for several threads. */
public final class ConntrackSocket implements AutoCloseable {
  private static final int SUBSYSTEM = 1;
  private static final int GET = 1;
  private static final int DELETE = 2;
  private static final int FIXED = 4;
  private static final int TUPLE_ORIG = 1;
  private static final int TUPLE_PROTO = 2;
  private static final int PROTO_NUMBER = 1;
  private static final int PROTO_DESTINATION_PORT = 3;
  private static final int ZONE = 18;
  private static final int NESTED = 0x8000;
  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;

  private final NetlinkSocket socket;

  private ConntrackSocket(NetlinkSocket socket) {
    this.socket = socket;
  }

  /** Of the engine's own namespace. */
  public static ConntrackSocket open(Syscalls linux) throws IOException {
    return new ConntrackSocket(NetlinkSocket.open(linux, NetlinkSocket.NETFILTER));
  }

  /**
   * Forgets every flow of this protocol to these ports: its next packet is looked at as if it were
   * the first, and so goes where the rules of today lead it.
   *
   * @param protocol 17 is UDP
   * @param ports that the sender wrote to
   */
  public void forget(int protocol, Set<Integer> ports) throws IOException {
    for (int family : new int[] {AF_INET, AF_INET6}) {
      for (Message flow : socket.dump(request(GET, family).build())) {
        Attributes attributes = flow.attributes(FIXED);
        Attributes proto = attributes.nested(TUPLE_ORIG).nested(TUPLE_PROTO);
        if (proto.number(PROTO_NUMBER, -1) == protocol
            && ports.contains((int) proto.beNumber(PROTO_DESTINATION_PORT, -1))) {
          delete(family, attributes);
        }
      }
    }
  }

  private void delete(int family, Attributes flow) throws IOException {
    byte[] tuple = flow.bytes(TUPLE_ORIG);
    if (tuple == null) {
      return;
    }
    MessageBuilder out = request(DELETE, family).attribute(TUPLE_ORIG | NESTED, tuple);
    byte[] zone = flow.bytes(ZONE);
    if (zone != null) {
      out.attribute(ZONE, zone);
    }
    try {
      socket.execute(out.build());
    } catch (NetlinkException e) {
      if (e.errno() != Errno.ENOENT) {
        throw e; // one that ended by itself meanwhile is what was wanted
      }
    }
  }

  private static MessageBuilder request(int type, int family) {
    return MessageBuilder.request(SUBSYSTEM << 8 | type, 0).u8(family).u8(0).u16(0);
  }

  @Override
  public void close() {
    socket.close();
  }
}
