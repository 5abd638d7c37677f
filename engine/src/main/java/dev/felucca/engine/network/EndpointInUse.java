package dev.felucca.engine.network;

import dev.felucca.kernel.container.EndpointConfig;
import dev.felucca.kernel.container.EndpointDetails;
import dev.felucca.kernel.network.Cidr;
import dev.felucca.kernel.network.EndpointSpec;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A running container's place in a network; kept in the run directory, as a reboot forgets it.
 *
 * @param networkName as containers and clients name it
 * @param driver the network's driver
 * @param macAddress what the driver made, empty before
 * @param ways the gateways that could give the container its default routes; empty for an internal
 *     network
 * @param priority of this place over others when default routes are chosen
 */
public record EndpointInUse(
    String networkName,
    String driver,
    EndpointSpec spec,
    String macAddress,
    List<String> ways,
    int priority) {
  public EndpointInUse {
    // Absent in files of engines that knew one network a container.
    ways = ways == null ? spec.gateways() : List.copyOf(ways);
  }

  EndpointInUse withMac(String mac) {
    EndpointSpec told = mac.isEmpty() ? spec : spec.withMacAddress(mac);
    return new EndpointInUse(networkName, driver, told, mac, ways, priority);
  }

  public EndpointInUse withSpec(EndpointSpec other) {
    return new EndpointInUse(networkName, driver, other, macAddress, ways, priority);
  }

  /** What an inspect shows of it. */
  public EndpointDetails details(EndpointConfig asked) {
    Cidr four = address(4);
    Cidr six = address(16);
    return new EndpointDetails(
        asked,
        spec.networkId(),
        spec.id(),
        gateway('.'),
        four == null ? "" : four.address().getHostAddress(),
        four == null ? 0 : four.prefix(),
        gateway(':'),
        six == null ? "" : Cidr.text(six.address()),
        six == null ? 0 : six.prefix(),
        macAddress,
        spec.dnsNames());
  }

  private @Nullable Cidr address(int bytes) {
    for (Cidr cidr : spec.addresses()) {
      if (cidr.address().getAddress().length == bytes) {
        return cidr;
      }
    }
    return null;
  }

  private String gateway(char mark) {
    return ways.stream().filter(gate -> gate.indexOf(mark) >= 0).findFirst().orElse("");
  }
}
