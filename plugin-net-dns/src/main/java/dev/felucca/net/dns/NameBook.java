package dev.felucca.net.dns;

import dev.felucca.kernel.network.Cidr;
import dev.felucca.kernel.network.NameClient;
import dev.felucca.kernel.network.NamedEndpoint;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Who is called what in which network. Read by the resolver's thread while others write. */
final class NameBook {
  /** One network: its names, and its addresses. */
  private record Zone(
      String name,
      Map<String, List<NamedEndpoint>> names,
      Map<InetAddress, NamedEndpoint> addresses) {
    Zone(String name) {
      this(name.toLowerCase(Locale.ROOT), new ConcurrentHashMap<>(), new ConcurrentHashMap<>());
    }
  }

  private final Map<String, NamedEndpoint> endpoints = new ConcurrentHashMap<>();
  private final Map<String, Zone> zones = new ConcurrentHashMap<>();

  synchronized void put(NamedEndpoint endpoint) {
    remove(endpoint.id());
    endpoints.put(endpoint.id(), endpoint);
    Zone zone = zones.computeIfAbsent(endpoint.networkId(), id -> new Zone(endpoint.networkName()));
    for (String name : endpoint.names()) {
      zone.names.merge(name.toLowerCase(Locale.ROOT), List.of(endpoint), NameBook::joined);
    }
    for (Cidr address : endpoint.addresses()) {
      zone.addresses.put(address.address(), endpoint);
    }
  }

  private static List<NamedEndpoint> joined(List<NamedEndpoint> some, List<NamedEndpoint> more) {
    List<NamedEndpoint> all = new ArrayList<>(some);
    more.stream().filter(one -> !all.contains(one)).forEach(all::add);
    return List.copyOf(all);
  }

  synchronized void remove(String endpointId) {
    NamedEndpoint endpoint = endpoints.remove(endpointId);
    Zone zone = endpoint == null ? null : zones.get(endpoint.networkId());
    if (endpoint == null || zone == null) {
      return;
    }
    for (String name : endpoint.names()) {
      zone.names.computeIfPresent(
          name.toLowerCase(Locale.ROOT),
          (key, all) -> {
            List<NamedEndpoint> left = all.stream().filter(one -> !one.equals(endpoint)).toList();
            return left.isEmpty() ? null : left;
          });
    }
    endpoint.addresses().forEach(address -> zone.addresses.remove(address.address(), endpoint));
    if (zone.names.isEmpty() && zone.addresses.isEmpty()) {
      zones.remove(endpoint.networkId());
    }
  }

  synchronized void clear() {
    endpoints.clear();
    zones.clear();
  }

  int size() {
    return endpoints.size();
  }

  /**
   * Who a client means by a name: those of the first of its networks where somebody is called so. A
   * name's last labels may be the network's: {@code a.b.c} is {@code a.b.c}, {@code a.b} in the
   * network {@code c}, and {@code a} in {@code b.c}.
   */
  List<NamedEndpoint> find(NameClient client, String name) {
    for (int cut = name.length(); cut > 0; cut = name.lastIndexOf('.', cut - 1)) {
      String host = name.substring(0, cut);
      String network = cut == name.length() ? "" : name.substring(cut + 1);
      String meant = client.aliases().getOrDefault(host, host).toLowerCase(Locale.ROOT);
      for (String id : client.networks()) {
        Zone zone = zones.get(id);
        if (zone != null && (network.isEmpty() || zone.name.equals(network))) {
          List<NamedEndpoint> found = zone.names.get(meant);
          if (found != null) {
            return found;
          }
        }
      }
    }
    return List.of();
  }

  /** What an address is called with the network's name after it, or null. */
  @Nullable String nameOf(NameClient client, InetAddress address) {
    for (String id : client.networks()) {
      Zone zone = zones.get(id);
      NamedEndpoint endpoint = zone == null ? null : zone.addresses.get(address);
      if (endpoint != null && !endpoint.names().isEmpty()) {
        return endpoint.names().get(0) + "." + endpoint.networkName();
      }
    }
    return null;
  }
}
