package dev.felucca.engine.network;

import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.kernel.EngineException.Kind.UNAVAILABLE;

import dev.felucca.engine.state.EngineConfig;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.ListSetting;
import dev.felucca.kernel.container.SystemInfo.AddressPool;
import dev.felucca.kernel.network.Cidr;
import dev.felucca.kernel.network.Subnet;
import java.math.BigInteger;
import java.util.List;
import java.util.stream.Stream;

/** Finds subnets for new networks that overlap nothing. */
public final class AddressPools {
  private AddressPools() {}

  /**
   * The first subnet of the pools that overlaps none of {@code taken}; UNAVAILABLE with Docker's
   * words when there is none.
   *
   * @param pools {@code CIDR=PREFIX}: subnets of that prefix length, from the CIDR's address on to
   *     the end of its range
   * @param ipv6 which pools to look in
   */
  static Subnet choose(List<String> pools, List<Cidr> taken, boolean ipv6) {
    return pools.stream()
        .filter(pool -> pool.indexOf(':') >= 0 == ipv6)
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

  /** Those of the settings; what is none of them is told when a network is made. */
  public static List<AddressPool> of(EngineConfig config) {
    return ListSetting.of(config.addressPools()).stream()
        .filter(pool -> pool.matches("[^=]+=\\s*[0-9]{1,3}"))
        .map(pool -> new AddressPool(pool.substring(0, equals(pool)).strip(), prefix(pool)))
        .toList();
  }

  private static int equals(String pool) {
    int equals = pool.indexOf('=');
    if (equals < 0) {
      throw new EngineException(INVALID, "address pool " + pool + " is not CIDR=PREFIX");
    }
    return equals;
  }

  private static Stream<Cidr> subnets(String pool) {
    Cidr range = Cidr.parse(pool.substring(0, equals(pool)));
    int bytes = AddressNumbers.bytes(range);
    int prefix = prefix(pool);
    if (prefix < range.prefix() || prefix > bytes * 8 - 2) {
      throw new EngineException(INVALID, "address pool " + pool + " has no subnets of that size");
    }
    BigInteger step = BigInteger.ONE.shiftLeft(bytes * 8 - prefix);
    BigInteger last = AddressNumbers.last(range);
    return Stream.iterate(
            AddressNumbers.of(range.address()), at -> at.compareTo(last) <= 0, at -> at.add(step))
        .map(at -> new Cidr(AddressNumbers.address(at, bytes), prefix))
        .limit(1 << 16);
  }

  private static int prefix(String pool) {
    try {
      return Integer.parseInt(pool.substring(equals(pool) + 1).trim());
    } catch (NumberFormatException e) {
      throw new EngineException(INVALID, "address pool " + pool + " is not CIDR=PREFIX", e);
    }
  }

  /** The gateway is the first address, as everywhere in Docker. */
  static Subnet withGateway(Cidr subnet) {
    return new Subnet(subnet, gateway(subnet));
  }

  /** The first address of a subnet after its own. */
  static String gateway(Cidr subnet) {
    return Cidr.text(
        AddressNumbers.address(
            AddressNumbers.first(subnet).add(BigInteger.ONE), AddressNumbers.bytes(subnet)));
  }
}
