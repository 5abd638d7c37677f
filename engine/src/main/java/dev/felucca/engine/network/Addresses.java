package dev.felucca.engine.network;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.EndpointConfig;
import dev.felucca.kernel.network.Cidr;
import dev.felucca.kernel.network.Subnet;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;

/**
 * The addresses of all networks' subnets, and which are taken. Thread-safe: each {@link
 * AddressRange} gives an address to one who asks only.
 */
final class Addresses {
  private record Key(String networkId, Cidr subnet) {}

  private final Map<Key, AddressRange> ranges = new ConcurrentHashMap<>();

  /**
   * Takes an address of each family that the network has, the ones asked for where there are any.
   * Takes all of them or none: FORBIDDEN when somebody has one that is asked for, UNAVAILABLE when
   * a family has none left.
   */
  List<Cidr> take(NetworkRecord network, EndpointConfig asked) {
    List<Cidr> taken = new ArrayList<>();
    try {
      take(network, false, asked.ipv4Address()).ifPresent(taken::add);
      take(network, true, asked.ipv6Address()).ifPresent(taken::add);
    } catch (EngineException e) {
      giveBack(network, taken);
      throw e;
    }
    return taken;
  }

  /** From the first subnet of the family that has one to give. */
  private Optional<Cidr> take(NetworkRecord network, boolean ipv6, String wanted) {
    List<Subnet> subnets =
        network.spec().subnets().stream().filter(subnet -> subnet.ipv6() == ipv6).toList();
    if (!wanted.isEmpty()) {
      InetAddress address = Cidr.address(wanted);
      for (Subnet subnet : subnets) {
        if (subnet.cidr().contains(address)) {
          return Optional.of(range(network, subnet).takeFree(address));
        }
      }
    }
    EngineException full = null;
    for (Subnet subnet : subnets) {
      try {
        return Optional.of(range(network, subnet).next());
      } catch (EngineException e) {
        full = e;
      }
    }
    if (full != null) {
      throw full;
    }
    return Optional.empty();
  }

  /** Marks what is in use from before this engine. */
  void mark(NetworkRecord network, List<Cidr> addresses) {
    each(network, addresses, AddressRange::take);
  }

  void giveBack(NetworkRecord network, List<Cidr> addresses) {
    each(network, addresses, AddressRange::giveBack);
  }

  private void each(
      NetworkRecord network, List<Cidr> addresses, BiConsumer<AddressRange, InetAddress> what) {
    for (Subnet subnet : network.spec().subnets()) {
      for (Cidr address : addresses) {
        if (subnet.cidr().contains(address.address())) {
          what.accept(range(network, subnet), address.address());
        }
      }
    }
  }

  private AddressRange range(NetworkRecord network, Subnet subnet) {
    return ranges.computeIfAbsent(
        new Key(network.spec().id(), subnet.cidr()), key -> new AddressRange(subnet));
  }

  /** The network is gone: its addresses are nobody's. */
  void forget(NetworkRecord network) {
    ranges.keySet().removeIf(key -> key.networkId().equals(network.spec().id()));
  }
}
