package dev.felucca.shell;

import dev.felucca.kernel.container.ContainerNetworks;
import dev.felucca.kernel.container.ContainerQueries;
import dev.felucca.kernel.container.HostPort;
import dev.felucca.kernel.network.PortBinding;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code publish CONTAINER [PORT...]}: more published ports for a container, or fewer. */
@Command(description = "publish ports of a container that is there, or take them back (-d)")
final class PublishCommand extends ShellCommand {
  @Parameters(index = "0", paramLabel = "CONTAINER")
  private String container = "";

  @Parameters(index = "1..*", paramLabel = "[[IP:]HOSTPORT:]PORT[/PROTOCOL]")
  private List<String> ports = List.of();

  @Option(
      names = {"-d", "--delete"},
      description = "take them back")
  private boolean delete;

  PublishCommand(Context context) {
    super(context);
  }

  @Override
  int run() throws Exception {
    Map<String, List<HostPort>> asked = ContainerOptions.portBindings(ports);
    if (delete) {
      // A port alone takes back wherever it is published.
      asked.replaceAll(
          (port, hosts) -> hosts.stream().filter(host -> !host.hostPort().isEmpty()).toList());
      tell(ContainerNetworks.class, networks -> networks.unpublish(container, asked));
    } else if (!asked.isEmpty()) {
      tell(ContainerNetworks.class, networks -> networks.publish(container, asked));
    }
    for (PortBinding port :
        use(ContainerQueries.class, queries -> queries.inspect(container, false)).ports()) {
      String ip = port.hostIp().isEmpty() ? "0.0.0.0" : port.hostIp();
      String to = port.routed() ? "its own address" : ip + ":" + port.hostPort();
      console().print(port.containerPort() + "/" + port.protocol() + " -> " + to);
    }
    return 0;
  }
}
