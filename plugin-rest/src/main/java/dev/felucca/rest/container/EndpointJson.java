package dev.felucca.rest.container;

import dev.felucca.kernel.container.EndpointConfig;
import dev.felucca.kernel.container.EndpointDetails;
import dev.felucca.rest.http.ApiVersion;
import dev.felucca.rest.json.JsonIn;
import dev.felucca.rest.json.JsonOut;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The API's {@code EndpointSettings}. */
public final class EndpointJson {
  private static final Set<String> BUILT_IN = Set.of("bridge", "host", "none");

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

  /**
   * @param own further aliases of the container, where its network is none of the engine's own
   */
  static void writeAll(
      JsonOut out, Map<String, EndpointDetails> networks, List<String> own, ApiVersion api) {
    out.object(
        "Networks",
        fields ->
            new TreeMap<>(networks)
                .forEach(
                    (name, one) ->
                        fields.object(
                            name,
                            to -> write(to, one, BUILT_IN.contains(name) ? List.of() : own, api))));
  }

  private static void write(
      JsonOut out, EndpointDetails endpoint, List<String> more, ApiVersion api) {
    Set<String> aliases = new LinkedHashSet<>(endpoint.config().aliases());
    aliases.addAll(more);
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
        .textsOrNull("Aliases", List.copyOf(aliases))
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
