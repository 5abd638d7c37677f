package dev.felucca.shell;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.container.ContainerNetworks;
import dev.felucca.kernel.container.ContainerQueries;
import dev.felucca.kernel.container.EndpointConfig;
import dev.felucca.kernel.network.EndpointSpec;
import dev.felucca.kernel.network.Networks;
import dev.felucca.kernel.network.Networks.NetworkDetails;
import dev.felucca.kernel.network.Networks.NetworkRequest;
import dev.felucca.kernel.network.Networks.Pool;
import dev.felucca.kernel.network.Subnet;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code network [ls | create NAME | inspect NAME... | rm NAME... | prune | connect NETWORK
 * CONTAINER | disconnect NETWORK CONTAINER | leave-host]}.
 */
@Command(description = "list, make, show, remove networks; connect containers to them")
final class NetworkCommand extends ShellCommand {
  private static final Set<String> NAMED = Set.of("create", "inspect", "rm");

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "ls|create|inspect|rm|prune|connect|disconnect|leave-host",
      defaultValue = "ls")
  private String verb = "ls";

  @Parameters(index = "1..*", paramLabel = "NAME")
  private List<String> names = List.of();

  @Option(
      names = {"-d", "--driver"},
      paramLabel = "DRIVER",
      description = "driver of the new network")
  private String driver = "";

  @Option(
      names = {"-o", "--opt"},
      paramLabel = "KEY=VALUE",
      description = "option for the driver")
  private Map<String, String> options = new LinkedHashMap<>();

  @Option(names = "--label", paramLabel = "KEY=VALUE", description = "a label")
  private Map<String, String> labels = new LinkedHashMap<>();

  @Option(names = "--subnet", paramLabel = "RANGE", description = "address range, as 10.9.0.0/24")
  private List<String> subnets = new ArrayList<>();

  @Option(
      names = "--gateway",
      paramLabel = "ADDRESS",
      description = "of the subnet at the same place")
  private List<String> gateways = new ArrayList<>();

  @Option(
      names = "--ip-range",
      paramLabel = "RANGE",
      description = "part of the subnet that containers get")
  private List<String> ranges = new ArrayList<>();

  @Option(names = "--ipv6", description = "with IPv6 addresses, too")
  private boolean ipv6;

  @Option(names = "--internal", description = "lead nowhere else")
  private boolean internal;

  @Option(names = "--config-only", description = "holds what others are made from, and nobody")
  private boolean configOnly;

  @Option(
      names = "--config-from",
      paramLabel = "NETWORK",
      description = "a network made with --config-only")
  private String configFrom = "";

  @Option(
      names = "--ip",
      paramLabel = "ADDRESS",
      description = "address of the container to connect")
  private String ip = "";

  @Option(
      names = "--ip6",
      paramLabel = "ADDRESS",
      description = "IPv6 address of the container to connect")
  private String ip6 = "";

  @Option(
      names = "--link-local-ip",
      paramLabel = "ADDRESS",
      description = "one more address of its interface")
  private List<String> linkLocal = new ArrayList<>();

  @Option(
      names = "--alias",
      paramLabel = "NAME",
      description = "name of the container in the network")
  private List<String> aliases = new ArrayList<>();

  @Option(
      names = "--gw-priority",
      paramLabel = "NUMBER",
      description = "the highest gives the default route")
  private int priority;

  @Option(
      names = {"-f", "--force"},
      description = "though its endpoint cannot be reached")
  private boolean force;

  NetworkCommand(Context context) {
    super(context);
  }

  @Override
  int run() throws Exception {
    if (NAMED.contains(verb) && names.isEmpty()) {
      return misused("network " + verb + " needs NAME");
    }
    switch (verb) {
      case "ls", "list" -> list();
      case "create" -> create();
      case "inspect" -> {
        for (String name : names) {
          show(use(Networks.class, networks -> networks.inspect(name)));
        }
      }
      case "rm" -> {
        for (String name : names) {
          tell(Networks.class, networks -> networks.remove(name));
          console().print(name);
        }
      }
      case "prune" ->
          use(Networks.class, networks -> networks.prune(Map.of())).forEach(console()::print);
      case "leave-host" -> tell(Networks.class, Networks::leaveHost);
      case "connect", "disconnect" -> {
        return move();
      }
      default -> {
        return misused(
            "network knows ls, create, inspect, rm, prune, connect, disconnect and leave-host, not "
                + verb);
      }
    }
    return 0;
  }

  private int move() throws Exception {
    if (names.size() != 2) {
      return misused("network " + verb + " needs NETWORK and CONTAINER");
    }
    if (verb.equals("connect")) {
      EndpointConfig asked =
          new EndpointConfig(ip, ip6, linkLocal, List.of(), aliases, "", options, priority);
      tell(ContainerNetworks.class, one -> one.connect(names.get(0), names.get(1), asked));
    } else {
      tell(ContainerNetworks.class, one -> one.disconnect(names.get(0), names.get(1), force));
    }
    return 0;
  }

  private void list() throws Exception {
    Table table = new Table("NETWORK ID", "NAME", "DRIVER", "SUBNETS", "ENDPOINTS");
    for (NetworkDetails network : use(Networks.class, networks -> networks.list(Map.of()))) {
      table.row(
          network.spec().id().substring(0, 12),
          network.spec().name(),
          network.driver(),
          network.spec().subnets().stream()
              .map(subnet -> subnet.cidr().toString())
              .collect(Collectors.joining(", ")),
          Integer.toString(network.endpoints().size()));
    }
    table.lines().forEach(console()::print);
  }

  private void create() throws Exception {
    List<Pool> pools = new ArrayList<>();
    for (int i = 0; i < subnets.size(); i++) {
      pools.add(new Pool(subnets.get(i), at(ranges, i), at(gateways, i), Map.of()));
    }
    for (String name : names) {
      NetworkRequest request =
          new NetworkRequest(
              name,
              driver,
              internal,
              false,
              null,
              ipv6,
              "",
              Map.of(),
              pools,
              options,
              labels,
              configOnly,
              configFrom);
      console().print(use(Networks.class, networks -> networks.create(request)).id());
    }
  }

  private static String at(List<String> all, int index) {
    return index < all.size() ? all.get(index) : "";
  }

  private void show(NetworkDetails network) throws Exception {
    Table table = new Table("NAME", network.spec().name());
    table.row("ID", network.spec().id());
    table.row("DRIVER", network.driver());
    table.row("CREATED", network.created().toString());
    table.row("INTERNAL", Boolean.toString(network.spec().internal()));
    if (network.configOnly()) {
      table.row("CONFIG ONLY", "true");
    }
    if (!network.configFrom().isEmpty()) {
      table.row("CONFIG FROM", network.configFrom());
    }
    for (Subnet subnet : network.spec().subnets()) {
      String gateway = subnet.gateway().isEmpty() ? "" : " gateway " + subnet.gateway();
      table.row("SUBNET", subnet.cidr() + gateway);
    }
    table.row("OPTIONS", network.spec().options().toString());
    table.row("LABELS", network.labels().toString());
    for (Map.Entry<ContainerId, EndpointSpec> one : network.endpoints().entrySet()) {
      table.row("CONTAINER", name(one.getKey()) + " " + addresses(one.getValue()));
    }
    table.lines().forEach(console()::print);
  }

  private String name(ContainerId container) throws Exception {
    @Nullable String name =
        use(ContainerQueries.class, queries -> queries.inspect(container.hex(), false).name());
    return name == null ? container.shortForm() : name;
  }

  private static String addresses(EndpointSpec endpoint) {
    return endpoint.addresses().stream().map(String::valueOf).collect(Collectors.joining(" "));
  }
}
