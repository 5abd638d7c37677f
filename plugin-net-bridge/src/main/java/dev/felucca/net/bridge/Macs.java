package dev.felucca.net.bridge;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.network.Cidr;
import dev.felucca.linux.netlink.MacAddress;
import java.net.Inet4Address;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Hardware addresses. One that follows from the IPv4 address needs no announcement when the address
 * changes hands: neighbours that remember the old owner are right about the new one.
 */
final class Macs {
  private Macs() {}

  /** From the first IPv4 address, {@code 02:42:…} as Docker's were; else from the id. */
  static MacAddress of(String id, List<Cidr> addresses) {
    byte[] mac = {0x02, 0x42, 0, 0, 0, 0};
    byte[] end =
        addresses.stream()
            .filter(cidr -> cidr.address() instanceof Inet4Address)
            .findFirst()
            .map(cidr -> cidr.address().getAddress())
            .orElseGet(() -> HexFormat.of().parseHex(id.substring(0, 8)));
    System.arraycopy(end, 0, mac, 2, 4);
    return MacAddress.of(mac);
  }

  /** What the user asked for; INVALID when it is no address a single interface can have. */
  static MacAddress chosen(@Nullable String text, String id, List<Cidr> addresses) {
    if (text == null || text.isEmpty()) {
      return of(id, addresses);
    }
    MacAddress mac;
    try {
      mac = MacAddress.parse(text);
    } catch (IllegalArgumentException e) {
      throw new EngineException(INVALID, "invalid MAC address: " + text, e);
    }
    byte[] bytes = mac.toBytes();
    if ((bytes[0] & 1) != 0 || Arrays.equals(bytes, new byte[6])) {
      throw new EngineException(INVALID, "not a MAC address of one interface: " + text);
    }
    return mac;
  }
}
