package dev.felucca.engine.network;

import static dev.felucca.kernel.EngineException.Kind.FORBIDDEN;
import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.network.Cidr;
import dev.felucca.kernel.network.Networks.NetworkRequest;
import dev.felucca.kernel.network.Networks.Pool;
import dev.felucca.kernel.network.Subnet;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A request for a network, looked at for what can be told without knowing which others there are.
 *
 * @param ipv4 whether it has IPv4 addresses, and {@code ipv6} alike
 * @param subnets those asked for, without those of a family that is off
 */
record NetworkPlan(NetworkRequest request, boolean ipv4, boolean ipv6, List<Subnet> subnets) {
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9_][a-zA-Z0-9_. -]{0,254}");
  private static final Set<String> PREDEFINED = Set.of("bridge", "host", "none", "default");

  static NetworkPlan of(NetworkRequest request) {
    name(request.name());
    String ipam = request.ipamDriver();
    if (!ipam.isEmpty() && !ipam.equals("default")) {
      throw new EngineException(NOT_FOUND, "could not find IPAM driver \"" + ipam + "\"");
    }
    boolean ipv4 = !Boolean.FALSE.equals(request.ipv4());
    boolean ipv6 = Boolean.TRUE.equals(request.ipv6());
    if (!ipv4 && !ipv6) {
      throw new EngineException(INVALID, "IPv4 or IPv6 must be enabled");
    }
    List<String> errors = new ArrayList<>();
    List<Subnet> subnets = new ArrayList<>();
    for (Pool pool : request.pools()) {
      if (pool.subnet().isEmpty() && pool.gateway().isEmpty() && pool.ipRange().isEmpty()) {
        continue;
      }
      Subnet subnet = subnet(pool, errors);
      if (subnet != null && (subnet.ipv6() ? ipv6 : ipv4)) {
        subnets.add(subnet);
      }
    }
    refuse(errors);
    for (int i = 0; i < subnets.size(); i++) {
      for (Subnet other : subnets.subList(0, i)) {
        if (other.cidr().overlaps(subnets.get(i).cidr())) {
          throw overlap();
        }
      }
    }
    return new NetworkPlan(request, ipv4, ipv6, subnets);
  }

  static EngineException overlap() {
    return new EngineException(
        FORBIDDEN, "invalid pool request: Pool overlaps with other one on this address space");
  }

  private static void name(String name) {
    if (PREDEFINED.contains(name)) {
      throw new EngineException(
          FORBIDDEN, "operation is not permitted on predefined " + name + " network ");
    }
    if (name.isBlank()) {
      throw new EngineException(INVALID, "invalid network name: name is empty");
    }
    if (!NAME.matcher(name).matches()) {
      throw new EngineException(
          INVALID,
          "invalid network name ("
              + name
              + "): only [a-zA-Z0-9][a-zA-Z0-9_. -] are allowed, 255 at most");
    }
  }

  private static @Nullable Subnet subnet(Pool pool, List<String> errors) {
    int before = errors.size();
    Cidr cidr = block("subnet", pool.subnet(), errors);
    if (cidr == null) {
      return null;
    }
    Cidr range = pool.ipRange().isEmpty() ? null : block("ip-range", pool.ipRange(), errors);
    if (range != null && (range.prefix() < cidr.prefix() || !cidr.contains(range.address()))) {
      errors.add(
          "invalid ip-range " + range + ": parent subnet " + cidr + " doesn't contain ip-range");
    }
    if (!pool.gateway().isEmpty()) {
      address("gateway " + pool.gateway(), pool.gateway(), cidr, errors);
    }
    Map<String, String> aux = new HashMap<>();
    pool.auxAddresses()
        .forEach(
            (name, address) -> {
              address("auxiliary address " + name, address, cidr, errors);
              aux.put(name, address);
            });
    if (errors.size() > before) {
      return null;
    }
    if (cidr.prefix() > AddressNumbers.bytes(cidr) * 8 - 2) {
      errors.add("invalid subnet " + cidr + ": it has no room for a gateway and a container");
      return null;
    }
    String gateway = pool.gateway().isEmpty() ? gateway(cidr, range, aux) : pool.gateway();
    return new Subnet(cidr, gateway, range, aux);
  }

  /** The first address that containers may get and that is not somebody else's. */
  private static String gateway(Cidr cidr, @Nullable Cidr range, Map<String, String> aux) {
    return Cidr.text(new AddressRange(new Subnet(cidr, "", range, aux)).next().address());
  }

  private static @Nullable Cidr block(String what, String text, List<String> errors) {
    Cidr cidr;
    try {
      cidr = Cidr.parse(text);
    } catch (EngineException e) {
      errors.add("invalid " + what + " " + text + ": invalid CIDR block notation");
      return null;
    }
    Cidr masked = AddressNumbers.masked(cidr);
    if (!masked.equals(cidr)) {
      errors.add("invalid " + what + " " + text + ": it should be " + text(masked));
      return null;
    }
    if (cidr.address().isMulticastAddress() || cidr.address().isLoopbackAddress()) {
      errors.add("invalid " + what + " " + text + ": not a range of addresses of hosts");
      return null;
    }
    return cidr;
  }

  /** As people write it. */
  static String text(Cidr cidr) {
    return Cidr.text(cidr.address()) + "/" + cidr.prefix();
  }

  private static void address(String what, String text, Cidr parent, List<String> errors) {
    InetAddress address;
    try {
      address = Cidr.address(text);
    } catch (EngineException e) {
      errors.add("invalid " + what + ": invalid address");
      return;
    }
    int bytes = AddressNumbers.bytes(parent);
    if (address.getAddress().length != bytes) {
      errors.add("invalid " + what + ": parent subnet is an IPv" + (bytes == 4 ? 4 : 6) + " block");
    } else if (!parent.contains(address)) {
      errors.add(
          "invalid " + what + ": parent subnet " + text(parent) + " doesn't contain this address");
    }
  }

  private static void refuse(List<String> errors) {
    if (!errors.isEmpty()) {
      throw new EngineException(INVALID, "invalid network config:\n" + String.join("\n", errors));
    }
  }
}
