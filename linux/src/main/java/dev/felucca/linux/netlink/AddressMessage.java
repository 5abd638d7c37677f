package dev.felucca.linux.netlink;

import java.net.Inet4Address;
import java.net.InetAddress;

/** Messages about the addresses of interfaces. */
public final class AddressMessage {
  static final int NEWADDR = 20;
  static final int DELADDR = 21;
  static final int GETADDR = 22;
  static final int ADDRESS = 1;
  static final int LOCAL = 2;
  static final int BROADCAST = 4;
  static final int FLAGS = 8;
  private static final int NODAD = 2;

  private AddressMessage() {}

  /**
   * Gives an interface an address; EEXIST when it has it. An IPv6 address is usable at once: who
   * assigns addresses knows them to be free, so duplicate detection would only delay.
   *
   * @param prefix bits of the network part
   */
  public static Message add(int index, InetAddress address, int prefix) {
    MessageBuilder out =
        header(
            MessageBuilder.request(NEWADDR, Message.CREATE | Message.EXCLUSIVE),
            family(address),
            prefix,
            index);
    out.address(LOCAL, address).address(ADDRESS, address);
    if (address instanceof Inet4Address && prefix < 31) {
      out.attribute(BROADCAST, broadcast(address.getAddress(), prefix));
    }
    if (!(address instanceof Inet4Address)) {
      out.attribute32(FLAGS, NODAD);
    }
    return out.build();
  }

  /** Asks for the addresses of all interfaces, as a dump. */
  public static Message list() {
    return header(MessageBuilder.request(GETADDR, 0), 0, 0, 0).build();
  }

  private static MessageBuilder header(MessageBuilder out, int family, int prefix, int index) {
    return out.u8(family).u8(prefix).u8(0).u8(0).u32(index);
  }

  static int family(InetAddress address) {
    return address instanceof Inet4Address ? 2 : 10;
  }

  private static byte[] broadcast(byte[] address, int prefix) {
    byte[] all = address.clone();
    for (int bit = prefix; bit < 32; bit++) {
      all[bit / 8] |= (byte) (0x80 >> bit % 8);
    }
    return all;
  }
}
