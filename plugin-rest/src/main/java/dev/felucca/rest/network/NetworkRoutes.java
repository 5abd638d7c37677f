package dev.felucca.rest.network;

import static dev.felucca.rest.http.Dispatcher.Lane.QUERY;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.network.Cidr;
import dev.felucca.kernel.network.EndpointSpec;
import dev.felucca.kernel.network.NetworkSpec;
import dev.felucca.kernel.network.Networks.NetworkDetails;
import dev.felucca.rest.KernelServices;
import dev.felucca.rest.http.ApiVersion;
import dev.felucca.rest.http.Exchange;
import dev.felucca.rest.http.Request;
import dev.felucca.rest.json.JsonOut;
import dev.felucca.rest.route.Router;
import java.net.Inet6Address;
import java.util.Map;
import java.util.TreeMap;

/** The routes of networks. */
public final class NetworkRoutes {
  private final KernelServices services;

  public NetworkRoutes(KernelServices services) {
    this.services = services;
  }

  public void addTo(Router router) {
    router
        .add(QUERY, "GET", "/networks", this::list)
        .add(QUERY, "GET", "/networks/", this::list)
        .add(QUERY, "GET", "/networks/{id}", this::inspect)
        .unsupported("POST", "/networks/create", "creating networks")
        .unsupported("POST", "/networks/prune", "pruning networks")
        .unsupported("POST", "/networks/{id}/connect", "connecting a container to a network")
        .unsupported(
            "POST", "/networks/{id}/disconnect", "disconnecting a container from a network")
        .unsupported("DELETE", "/networks/{id}", "removing networks");
  }

  private void list(Exchange exchange) {
    Request request = exchange.request();
    exchange.json(
        JsonOut.array(
            services.networks().list(request.filters()),
            // Endpoints are shown by inspect only, since 1.28.
            (out, network) -> write(out, network, Map.of(), request.version())));
  }

  private void inspect(Exchange exchange) {
    Request request = exchange.request();
    NetworkDetails network = services.networks().inspect(request.name("id"));
    exchange.json(
        JsonOut.object(out -> write(out, network, network.endpoints(), request.version())));
  }

  private void write(
      JsonOut out,
      NetworkDetails network,
      Map<ContainerId, EndpointSpec> endpoints,
      ApiVersion api) {
    NetworkSpec spec = network.spec();
    out.text("Name", spec.name())
        .text("Id", spec.id())
        .time("Created", network.created())
        .text("Scope", network.scope())
        .text("Driver", network.driver());
    if (api.atLeast(48)) {
      out.flag("EnableIPv4", true);
    }
    out.flag("EnableIPv6", spec.ipv6())
        .object(
            "IPAM",
            ipam ->
                ipam.text("Driver", "default")
                    .nothing("Options")
                    .objects(
                        "Config",
                        spec.subnets(),
                        (one, subnet) ->
                            one.text("Subnet", subnet.cidr().toString())
                                .textUnlessEmpty("Gateway", subnet.gateway())))
        .flag("Internal", spec.internal())
        .flag("Attachable", network.attachable())
        .flag("Ingress", false)
        .object("ConfigFrom", from -> from.text("Network", ""))
        .flag("ConfigOnly", false)
        .object(
            "Containers",
            containers ->
                new TreeMap<>(endpoints)
                    .forEach(
                        (id, endpoint) ->
                            containers.object(id.hex(), one -> endpoint(one, id, endpoint))))
        .map("Options", spec.options())
        .map("Labels", network.labels());
  }

  private void endpoint(JsonOut out, ContainerId container, EndpointSpec endpoint) {
    out.text("Name", name(container))
        .text("EndpointID", endpoint.id())
        .text("MacAddress", endpoint.macAddress())
        .text("IPv4Address", address(endpoint, false))
        .text("IPv6Address", address(endpoint, true));
  }

  private static String address(EndpointSpec endpoint, boolean v6) {
    return endpoint.addresses().stream()
        .filter(address -> address.address() instanceof Inet6Address == v6)
        .map(Cidr::toString)
        .findFirst()
        .orElse("");
  }

  private String name(ContainerId container) {
    try {
      return services.queries().inspect(container.hex(), false).name();
    } catch (EngineException removedMeanwhile) {
      return "";
    }
  }
}
