package dev.felucca.engine.network;

import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.kernel.EngineException.Kind.UNAVAILABLE;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.network.Cidr;
import dev.felucca.kernel.network.Subnet;
import java.util.List;
import java.util.stream.Stream;

/** Finds subnets for new networks that overlap nothing. */
final class AddressPools {
  private AddressPools() {}

  /**
   * The first subnet of the pools that overlaps none of {@code taken}; UNAVAILABLE with Docker's
   * words when there is none.
   *
   * @param pools {@code CIDR=PREFIX}: subnets of that prefix length, from the CIDR's address on to
   *     the end of its range
   */
  static Subnet choose(List<String> pools, List<Cidr> taken) {
    return pools.stream()
        .flatMap(AddressPools::subnets)
        .filter(subnet -> taken.stream().noneMatch(other -> other.overlaps(subnet)))
        .findFirst()
        .map(AddressPools::withGateway)
        .orElseThrow(
            () ->
                new EngineException(
                    UNAVAILABLE,
                    "all predefined address pools have been fully subnetted: pools " + pools));
  }

  private static Stream<Cidr> subnets(String pool) {
    int equals = pool.indexOf('=');
    if (equals < 0) {
      throw new EngineException(INVALID, "address pool " + pool + " is not CIDR=PREFIX");
    }
    Cidr range = Cidr.parse(pool.substring(0, equals));
    int prefix = Integer.parseInt(pool.substring(equals + 1).trim());
    if (range.address().getAddress().length != 4 || prefix < range.prefix() || prefix > 30) {
      throw new EngineException(INVALID, "address pool " + pool + " has no subnets of that size");
    }
    int start = Ipv4Range.toInt(range.address());
    return Stream.iterate(start, at -> at + (1 << (32 - prefix)))
        .map(at -> new Cidr(Ipv4Range.toAddress(at), prefix))
        .takeWhile(subnet -> range.contains(subnet.address()))
        .limit(1 << 16);
  }

  /** The gateway is the first address, as everywhere in Docker. */
  static Subnet withGateway(Cidr subnet) {
    return new Subnet(
        subnet, Ipv4Range.toAddress(Ipv4Range.toInt(subnet.address()) + 1).getHostAddress());
  }
}
