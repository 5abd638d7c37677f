package dev.felucca.engine.container;

import dev.felucca.engine.network.EndpointInUse;
import dev.felucca.engine.network.NetworkRecord;
import dev.felucca.engine.network.PlaceRequest;
import dev.felucca.engine.network.WaysOut;
import dev.felucca.kernel.ListSetting;
import dev.felucca.kernel.container.ContainerDetails;
import dev.felucca.kernel.container.EndpointConfig;
import dev.felucca.kernel.container.HostConfig;
import dev.felucca.kernel.container.HostPort;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Decides where in its networks a container is: which interfaces, addresses, names, routes. */
final class Places {
  private static final String INTERFACE_NAME = "com.docker.network.endpoint.ifname";

  private final Core core;

  Places(Core core) {
    this.core = core;
  }

  /**
   * Takes a place in each of the container's networks, the first of them that of its network mode,
   * with its ports on the one that leads out.
   *
   * @param mode the network of its network mode, by any of its names
   * @param undo gives back what was taken
   */
  List<EndpointInUse> reserveAll(ContainerDetails details, String mode, Undo undo) {
    Map<String, EndpointConfig> networks = networks(details, mode);
    List<EndpointInUse> places = new ArrayList<>();
    for (Map.Entry<String, EndpointConfig> one : networks.entrySet()) {
      NetworkRecord network = core.wiring.network(one.getKey());
      EndpointInUse place =
          core.wiring.reserve(
              request(
                  details,
                  network,
                  one.getValue(),
                  interfaceName(one.getValue(), network, places),
                  places.isEmpty() ? details.config().macAddress() : ""));
      undo.with(() -> core.wiring.release(place));
      places.add(place);
    }
    List<EndpointInUse> decided = WaysOut.decide(places);
    EndpointInUse way = publisher(decided);
    return decided.stream().map(place -> place == way ? publish(details, place) : place).toList();
  }

  /**
   * One that had left all its networks is in the one of its network mode again, as with Docker, and
   * stays there: what is not among its networks is taken away after a crash.
   */
  void keep(Container container, List<EndpointInUse> places) throws IOException {
    if (!container.record().networks().isEmpty() || places.isEmpty()) {
      return;
    }
    Map<String, EndpointConfig> networks = new TreeMap<>();
    places.forEach(place -> networks.put(place.networkName(), EndpointConfig.DEFAULT));
    ContainerRecord record = container.record().withNetworks(networks);
    core.store.rewrite(record);
    container.record(record);
  }

  /** The place that has the container's published ports; null where none can. */
  @Nullable EndpointInUse publisher(List<EndpointInUse> places) {
    return WaysOut.publisher(places).filter(place -> core.wiring.publishes(place)).orElse(null);
  }

  private EndpointInUse publish(ContainerDetails details, EndpointInUse place) {
    return core.wiring.publish(place, bindings(details));
  }

  /**
   * Every port to be published: those asked for by number, and those to be wherever there is room.
   */
  Map<String, List<HostPort>> bindings(ContainerDetails details) {
    HostConfig host = details.hostConfig();
    Map<String, List<HostPort>> all = new TreeMap<>();
    if (host.publishAllPorts()) {
      details.config().exposedPorts().forEach(port -> all.put(port, List.of()));
    }
    all.putAll(host.portBindings());
    return all;
  }

  /** A place in one more network. */
  PlaceRequest request(
      ContainerDetails details,
      NetworkRecord network,
      EndpointConfig asked,
      String interfaceName,
      String macAddress) {
    List<String> dns = details.hostConfig().dns();
    return new PlaceRequest(
        details.id(),
        network,
        asked,
        asked.macAddress().isEmpty() ? macAddress : asked.macAddress(),
        interfaceName,
        dnsNames(details, asked),
        dns.isEmpty() ? ListSetting.of(core.settings.now().dns()) : dns,
        !mayChangeItsNetwork(details.hostConfig()));
  }

  /** Its programs may take their own addresses and routes away, and mean it. */
  private static boolean mayChangeItsNetwork(HostConfig host) {
    return host.privileged()
        || host.capAdd().stream()
            .map(name -> name.toUpperCase(Locale.ROOT))
            .anyMatch(Set.of("ALL", "NET_ADMIN", "CAP_NET_ADMIN")::contains);
  }

  /** That of the network mode first; it may have been left, as long as another is there. */
  private Map<String, EndpointConfig> networks(ContainerDetails details, String mode) {
    Map<String, EndpointConfig> sorted = new TreeMap<>();
    details.networks().forEach((name, network) -> sorted.put(name, network.config()));
    String first =
        sorted.containsKey(mode) || (core.wiring.findNetwork(mode).isEmpty() && !sorted.isEmpty())
            ? mode
            : core.wiring.network(mode).spec().name();
    Map<String, EndpointConfig> all = new LinkedHashMap<>();
    if (sorted.containsKey(first)) {
      all.put(first, sorted.get(first));
    } else if (sorted.isEmpty()) {
      all.put(first, EndpointConfig.DEFAULT);
    }
    all.putAll(sorted);
    return all;
  }

  /** The one asked for, else the first of {@code eth0}, {@code eth1}… that is free. */
  static String interfaceName(
      EndpointConfig asked, NetworkRecord network, List<EndpointInUse> others) {
    String wanted = asked.driverOptions().getOrDefault(INTERFACE_NAME, "");
    if (!wanted.isEmpty()) {
      return wanted;
    }
    for (int number = 0; ; number++) {
      String name = network.interfacePrefix() + number;
      if (others.stream().noneMatch(other -> other.spec().interfaceName().equals(name))) {
        return name;
      }
    }
  }

  /** Name, aliases, short id, host name, as Docker has them. */
  static List<String> dnsNames(ContainerDetails details, EndpointConfig asked) {
    Set<String> names = new LinkedHashSet<>();
    names.add(details.name());
    names.addAll(asked.aliases());
    names.add(details.id().shortForm());
    if (!details.config().hostname().isEmpty()) {
      names.add(details.config().hostname());
    }
    return List.copyOf(names);
  }
}
