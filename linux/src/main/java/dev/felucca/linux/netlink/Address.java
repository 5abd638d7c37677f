package dev.felucca.linux.netlink;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * An address of an interface.
 *
 * @param index the interface
 * @param prefix bits of the network part
 * @param linkLocal whether it is good on its link only (scope link or host), as {@code 127.0.0.1}
 *     and {@code fe80::…}
 */
public record Address(int index, InetAddress address, int prefix, boolean linkLocal) {
  private static final int FIXED = 8;
  private static final int SCOPE_LINK = 253;

  /** Null for what is no IP address. */
  static @Nullable Address parse(Message message) {
    ByteBuffer fixed = message.payload();
    Attributes attributes = message.attributes(FIXED);
    // On a point-to-point link LOCAL is ours and ADDRESS the other end's; IPv6 often has ADDRESS
    // only.
    InetAddress local = attributes.address(AddressMessage.LOCAL);
    InetAddress address = local == null ? attributes.address(AddressMessage.ADDRESS) : local;
    return address == null
        ? null
        : new Address(
            fixed.getInt(4), address, fixed.get(1) & 0xff, (fixed.get(3) & 0xff) >= SCOPE_LINK);
  }
}
