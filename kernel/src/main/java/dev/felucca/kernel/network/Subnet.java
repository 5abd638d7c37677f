package dev.felucca.kernel.network;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One address range of a network: {@code 172.18.0.0/16} with the gateway's address.
 *
 * @param gateway empty where there is none, as with some drivers
 * @param range the part of it from which containers get addresses; null is all of it
 * @param auxAddresses by name: no container gets them
 */
public record Subnet(
    Cidr cidr, String gateway, @Nullable Cidr range, Map<String, String> auxAddresses) {
  public Subnet {
    // Absent in state files of engines that did not know them.
    auxAddresses = auxAddresses == null ? Map.of() : Map.copyOf(auxAddresses);
  }

  public Subnet(Cidr cidr, String gateway) {
    this(cidr, gateway, null, Map.of());
  }

  public boolean ipv6() {
    return cidr.address().getAddress().length == 16;
  }
}
