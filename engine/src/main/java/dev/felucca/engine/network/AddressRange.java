package dev.felucca.engine.network;

import static dev.felucca.kernel.EngineException.Kind.FORBIDDEN;
import static dev.felucca.kernel.EngineException.Kind.UNAVAILABLE;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.network.Cidr;
import dev.felucca.kernel.network.Subnet;
import java.math.BigInteger;
import java.net.InetAddress;
import java.util.HashSet;
import java.util.Set;

/** The addresses of one subnet: who asks gets the lowest that is free. Thread-safe. */
final class AddressRange {
  private final Cidr cidr;
  private final BigInteger last;
  private final Set<BigInteger> taken = new HashSet<>();
  private final Set<BigInteger> reserved = new HashSet<>();
  private final BigInteger first;

  /** Below it nothing is free. */
  private BigInteger lowest;

  AddressRange(Subnet subnet) {
    this.cidr = subnet.cidr();
    Cidr from = subnet.range() == null ? cidr : subnet.range();
    this.first = AddressNumbers.first(from);
    this.last = AddressNumbers.last(from);
    this.lowest = first;
    BigInteger network = AddressNumbers.first(cidr);
    BigInteger broadcast = AddressNumbers.last(cidr);
    if (broadcast.subtract(network).compareTo(BigInteger.ONE) > 0) {
      reserved.add(network);
      if (!subnet.ipv6()) {
        reserved.add(broadcast);
      }
    }
    if (!subnet.gateway().isEmpty()) {
      reserved.add(AddressNumbers.of(Cidr.address(subnet.gateway())));
    }
    subnet
        .auxAddresses()
        .values()
        .forEach(address -> reserved.add(AddressNumbers.of(Cidr.address(address))));
  }

  boolean contains(InetAddress address) {
    return cidr.contains(address);
  }

  /** Marks an address that is in use already. */
  synchronized void take(InetAddress address) {
    if (cidr.contains(address)) {
      taken.add(AddressNumbers.of(address));
    }
  }

  /** Takes this one; FORBIDDEN, with Docker's words, when somebody has it. */
  synchronized Cidr takeFree(InetAddress address) {
    BigInteger number = AddressNumbers.of(address);
    if (reserved.contains(number) || !taken.add(number)) {
      throw new EngineException(FORBIDDEN, "Address already in use");
    }
    return new Cidr(address, cidr.prefix());
  }

  /** The lowest free address; UNAVAILABLE when there is none. */
  synchronized Cidr next() {
    for (BigInteger at = lowest; at.compareTo(last) <= 0; at = at.add(BigInteger.ONE)) {
      if (!reserved.contains(at) && taken.add(at)) {
        lowest = at.add(BigInteger.ONE);
        return new Cidr(AddressNumbers.address(at, AddressNumbers.bytes(cidr)), cidr.prefix());
      }
    }
    throw new EngineException(
        UNAVAILABLE,
        "no available IPv"
            + (AddressNumbers.bytes(cidr) == 4 ? 4 : 6)
            + " addresses on this network's address pools: "
            + cidr);
  }

  synchronized void giveBack(InetAddress address) {
    BigInteger number = AddressNumbers.of(address);
    if (taken.remove(number) && number.compareTo(first) >= 0) {
      lowest = lowest.min(number);
    }
  }
}
