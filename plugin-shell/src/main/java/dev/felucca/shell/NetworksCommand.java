package dev.felucca.shell;

import dev.felucca.kernel.network.Networks;
import dev.felucca.kernel.network.Networks.NetworkDetails;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;

/** {@code networks}. */
@Command(description = "list networks")
final class NetworksCommand extends ShellCommand {
  NetworksCommand(Context context) {
    super(context);
  }

  @Override
  int run() throws Exception {
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
    return 0;
  }
}
