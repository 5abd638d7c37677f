package dev.felucca.rest.network;

import static dev.felucca.kernel.EngineException.Kind.FORBIDDEN;
import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;
import static dev.felucca.rest.http.Dispatcher.Lane.QUERY;
import static dev.felucca.rest.http.Dispatcher.Lane.WORK;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.HostPort;
import dev.felucca.kernel.network.EndpointSpec;
import dev.felucca.kernel.network.NetworkSpec;
import dev.felucca.kernel.network.Networks.NetworkCreated;
import dev.felucca.kernel.network.Networks.NetworkDetails;
import dev.felucca.kernel.network.Networks.NetworkRequest;
import dev.felucca.kernel.network.Networks.Pool;
import dev.felucca.kernel.network.Subnet;
import dev.felucca.rest.KernelServices;
import dev.felucca.rest.container.EndpointJson;
import dev.felucca.rest.http.ApiVersion;
import dev.felucca.rest.http.Exchange;
import dev.felucca.rest.http.Request;
import dev.felucca.rest.json.JsonIn;
import dev.felucca.rest.json.JsonOut;
import dev.felucca.rest.route.Router;
import java.io.IOException;
import java.net.Inet6Address;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** The routes of networks. */
public final class NetworkRoutes {
  /** What Go's strconv.ParseBool takes. */
  private static final Pattern BOOLEAN = Pattern.compile("[01tTfF]|(?i:true|false)");

  private final KernelServices services;

  public NetworkRoutes(KernelServices services) {
    this.services = services;
  }

  public void addTo(Router router) {
    router
        .add(QUERY, "GET", "/networks", this::list)
        .add(QUERY, "GET", "/networks/", this::list)
        .add(QUERY, "GET", "/networks/{id}", this::inspect)
        .add(WORK, "POST", "/networks/create", this::create)
        .add(WORK, "POST", "/networks/prune", this::prune)
        .add(WORK, "POST", "/networks/{id}/connect", this::connect)
        .add(WORK, "POST", "/networks/{id}/disconnect", this::disconnect)
        .add(WORK, "DELETE", "/networks/{id}", this::remove)
        // Not Docker's: published ports of a container that is there.
        .add(WORK, "POST", "/felucca/containers/{id}/ports", this::ports);
  }

  private void create(Exchange exchange) throws IOException {
    JsonIn body = exchange.request().json();
    if (body.text("Scope").equals("swarm") || body.flag("Ingress")) {
      throw new EngineException(FORBIDDEN, "This node is not a swarm manager.");
    }
    JsonIn ipam = body.object("IPAM");
    NetworkCreated made =
        services
            .networks()
            .create(
                new NetworkRequest(
                    body.text("Name"),
                    body.text("Driver"),
                    body.flag("Internal"),
                    body.flag("Attachable"),
                    exchange.request().version().atLeast(48) ? body.flagOrNull("EnableIPv4") : null,
                    body.flagOrNull("EnableIPv6"),
                    ipam.text("Driver"),
                    ipam.map("Options"),
                    ipam.objects("Config", NetworkRoutes::pool),
                    body.map("Options"),
                    body.map("Labels"),
                    body.flag("ConfigOnly"),
                    body.object("ConfigFrom").text("Network")));
    exchange.json(
        201,
        JsonOut.object(
            out -> out.text("Id", made.id()).text("Warning", String.join("\n", made.warnings()))));
  }

  private static Pool pool(JsonIn in) {
    return new Pool(
        in.text("Subnet"),
        in.text("IPRange"),
        in.text("Gateway"),
        in.map(in.has("AuxiliaryAddresses") ? "AuxiliaryAddresses" : "AuxAddress"));
  }

  private void prune(Exchange exchange) throws IOException {
    List<String> removed = services.networks().prune(exchange.request().filters());
    exchange.json(JsonOut.object(out -> out.textsOrNull("NetworksDeleted", removed)));
  }

  private void connect(Exchange exchange) throws IOException {
    Request request = exchange.request();
    JsonIn body = request.json();
    services
        .containerNetworks()
        .connect(
            request.name("id"),
            body.text("Container"),
            EndpointJson.read(body.object("EndpointConfig")));
    exchange.empty(200);
  }

  private void disconnect(Exchange exchange) throws IOException {
    Request request = exchange.request();
    JsonIn body = request.json();
    services
        .containerNetworks()
        .disconnect(request.name("id"), body.text("Container"), body.flag("Force"));
    exchange.empty(200);
  }

  private void remove(Exchange exchange) throws IOException {
    services.networks().remove(exchange.request().name("id"));
    exchange.empty(204);
  }

  private void ports(Exchange exchange) throws IOException {
    Request request = exchange.request();
    JsonIn body = request.json();
    Map<String, List<HostPort>> less = body.listMap("Unpublish", NetworkRoutes::hostPort);
    Map<String, List<HostPort>> more = body.listMap("Publish", NetworkRoutes::hostPort);
    String container = request.name("id");
    if (!less.isEmpty()) {
      services.containerNetworks().unpublish(container, less);
    }
    if (!more.isEmpty()) {
      services.containerNetworks().publish(container, more);
    }
    exchange.empty(204);
  }

  private static HostPort hostPort(JsonIn in) {
    return new HostPort(in.text("HostIp"), in.text("HostPort"));
  }

  private void list(Exchange exchange) {
    Request request = exchange.request();
    exchange.json(
        JsonOut.array(
            services.networks().list(request.filters()),
            // Endpoints are shown by inspect only, since 1.28.
            (out, network) ->
                write(
                    out,
                    network,
                    request.version().atLeast(28) ? Map.of() : network.endpoints(),
                    request.version())));
  }

  private void inspect(Exchange exchange) {
    Request request = exchange.request();
    // What more there is to show is of swarm's networks.
    String verbose = request.query().text("verbose");
    if (!verbose.isEmpty() && !BOOLEAN.matcher(verbose).matches()) {
      throw new EngineException(INVALID, "invalid value for verbose: " + verbose);
    }
    NetworkDetails network = services.networks().inspect(request.name("id"));
    String scope = request.query().text("scope");
    if (!scope.isEmpty() && !scope.equals(network.scope())) {
      throw new EngineException(NOT_FOUND, "network " + request.name("id") + " not found");
    }
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
      out.flag("EnableIPv4", !spec.noIpv4());
    }
    out.flag("EnableIPv6", spec.ipv6())
        .object(
            "IPAM",
            ipam ->
                ipam.text("Driver", "default")
                    .mapOrNull("Options", network.ipamOptions())
                    .objects("Config", spec.subnets(), NetworkRoutes::subnet))
        .flag("Internal", spec.internal())
        .flag("Attachable", network.attachable())
        .flag("Ingress", false)
        .object("ConfigFrom", from -> from.text("Network", network.configFrom()))
        .flag("ConfigOnly", network.configOnly())
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

  private static void subnet(JsonOut out, Subnet subnet) {
    out.text("Subnet", String.valueOf(subnet.cidr()));
    if (subnet.range() != null) {
      out.text("IPRange", String.valueOf(subnet.range()));
    }
    out.textUnlessEmpty("Gateway", subnet.gateway())
        .mapUnlessEmpty("AuxiliaryAddresses", subnet.auxAddresses());
  }

  private void endpoint(JsonOut out, ContainerId container, EndpointSpec endpoint) {
    out.text("Name", name(container))
        .text("EndpointID", endpoint.id())
        .text("MacAddress", endpoint.macAddress() == null ? "" : endpoint.macAddress())
        .text("IPv4Address", address(endpoint, false))
        .text("IPv6Address", address(endpoint, true));
  }

  private static String address(EndpointSpec endpoint, boolean v6) {
    return endpoint.addresses().stream()
        .filter(address -> address.address() instanceof Inet6Address == v6)
        .map(String::valueOf)
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
