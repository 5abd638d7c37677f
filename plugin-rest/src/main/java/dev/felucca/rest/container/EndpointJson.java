package dev.felucca.rest.container;

import dev.felucca.kernel.container.EndpointConfig;
import dev.felucca.kernel.container.EndpointDetails;
import dev.felucca.rest.http.ApiVersion;
import dev.felucca.rest.json.JsonIn;
import dev.felucca.rest.json.JsonOut;
import java.util.Map;
import java.util.TreeMap;

/** The API's {@code EndpointSettings}. */
public final class EndpointJson {
  private EndpointJson() {}

  /** The body's {@code NetworkingConfig}. */
  static Map<String, EndpointConfig> readAll(JsonIn body) {
    return body.object("NetworkingConfig").objectMap("EndpointsConfig", EndpointJson::read);
  }

  public static EndpointConfig read(JsonIn in) {
    JsonIn ipam = in.object("IPAMConfig");
    return new EndpointConfig(
        ipam.text("IPv4Address"),
        ipam.text("IPv6Address"),
        ipam.texts("LinkLocalIPs"),
        in.texts("Links"),
        in.texts("Aliases"),
        in.text("MacAddress"),
        in.map("DriverOpts"),
        in.integer("GwPriority"));
  }

  static void writeAll(JsonOut out, Map<String, EndpointDetails> networks, ApiVersion api) {
    out.object(
        "Networks",
        fields ->
            new TreeMap<>(networks)
                .forEach((name, one) -> fields.object(name, to -> write(to, one, api))));
  }

  private static void write(JsonOut out, EndpointDetails endpoint, ApiVersion api) {
    EndpointConfig config = endpoint.config();
    if (config.ipv4Address().isEmpty()
        && config.ipv6Address().isEmpty()
        && config.linkLocalIps().isEmpty()) {
      out.nothing("IPAMConfig");
    } else {
      out.object(
          "IPAMConfig",
          ipam ->
              ipam.textUnlessEmpty("IPv4Address", config.ipv4Address())
                  .textUnlessEmpty("IPv6Address", config.ipv6Address())
                  .textsUnlessEmpty("LinkLocalIPs", config.linkLocalIps()));
    }
    out.textsOrNull("Links", config.links())
        .textsOrNull("Aliases", config.aliases())
        .text("MacAddress", endpoint.macAddress())
        .mapOrNull("DriverOpts", config.driverOptions());
    if (api.atLeast(48)) {
      out.number("GwPriority", config.gatewayPriority());
    }
    out.text("NetworkID", endpoint.networkId())
        .text("EndpointID", endpoint.endpointId())
        .text("Gateway", endpoint.gateway())
        .text("IPAddress", endpoint.ipAddress())
        .number("IPPrefixLen", endpoint.ipPrefixLength())
        .text("IPv6Gateway", endpoint.ipv6Gateway())
        .text("GlobalIPv6Address", endpoint.globalIpv6Address())
        .number("GlobalIPv6PrefixLen", endpoint.globalIpv6PrefixLength());
    if (api.atLeast(44)) {
      out.textsOrNull("DNSNames", endpoint.dnsNames());
    }
  }
}
