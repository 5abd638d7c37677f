package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.engine.network.NetworkFiles.ExtraHost;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.network.Cidr;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code --add-host}: {@code name:address} or {@code name=address}, the address possibly {@code
 * host-gateway}.
 */
final class ExtraHosts {
  private static final String GATEWAY = "host-gateway";

  private ExtraHosts() {}

  static void check(List<String> entries) {
    for (String entry : entries) {
      ExtraHost host = split(entry);
      if (!host.address().equals(GATEWAY)) {
        try {
          Cidr.address(host.address());
        } catch (EngineException e) {
          throw new EngineException(
              INVALID, "invalid IP address in add-host: \"" + host.address() + "\"", e);
        }
      }
    }
  }

  /**
   * @param gateway the address that {@code host-gateway} stands for, or null when there is none
   */
  static List<ExtraHost> resolve(List<String> entries, @Nullable String gateway) {
    List<ExtraHost> all = new ArrayList<>();
    for (String entry : entries) {
      ExtraHost host = split(entry);
      if (host.address().equals(GATEWAY)) {
        if (gateway == null) {
          throw new EngineException(INVALID, "unable to derive the IP value for host-gateway");
        }
        all.add(new ExtraHost(host.name(), gateway));
      } else {
        all.add(host);
      }
    }
    return all;
  }

  private static ExtraHost split(String entry) {
    int at = entry.indexOf('=');
    int colon = entry.indexOf(':');
    if (at < 0 || (colon >= 0 && colon < at)) {
      at = colon;
    }
    if (at <= 0 || at == entry.length() - 1) {
      throw new EngineException(INVALID, "bad format for add-host: \"" + entry + "\"");
    }
    String address = entry.substring(at + 1);
    if (address.startsWith("[") && address.endsWith("]")) {
      address = address.substring(1, address.length() - 1);
    }
    return new ExtraHost(entry.substring(0, at), address);
  }
}
