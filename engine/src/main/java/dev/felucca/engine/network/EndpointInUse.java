package dev.felucca.engine.network;

import dev.felucca.kernel.container.EndpointConfig;
import dev.felucca.kernel.container.EndpointDetails;
import dev.felucca.kernel.network.Cidr;
import dev.felucca.kernel.network.EndpointSpec;
import java.util.List;

/**
 * A running container's place in a network; kept in the run directory, as a reboot forgets it.
 *
 * @param networkName as containers and clients name it
 * @param driver the network's driver
 * @param macAddress what the driver made, empty before
 */
public record EndpointInUse(
    String networkName, String driver, EndpointSpec spec, String macAddress) {

  EndpointInUse withMac(String mac) {
    return new EndpointInUse(networkName, driver, spec, mac);
  }

  /** What an inspect shows of it. */
  public EndpointDetails details(EndpointConfig asked, List<String> dnsNames) {
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
        six == null ? "" : six.address().getHostAddress(),
        six == null ? 0 : six.prefix(),
        macAddress,
        dnsNames);
  }

  private @org.jspecify.annotations.Nullable Cidr address(int bytes) {
    for (Cidr cidr : spec.addresses()) {
      if (cidr.address().getAddress().length == bytes) {
        return cidr;
      }
    }
    return null;
  }

  private String gateway(char mark) {
    return spec.gateways().stream().filter(gate -> gate.indexOf(mark) >= 0).findFirst().orElse("");
  }
}
