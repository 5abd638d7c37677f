package dev.felucca.shell;

import dev.felucca.kernel.volume.VolumeDetails;
import dev.felucca.kernel.volume.VolumeRequest;
import dev.felucca.kernel.volume.Volumes;
import java.util.List;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code volume [ls | create NAME | inspect NAME... | rm NAME... | prune]}. */
@Command(description = "list, make, show and remove volumes")
final class VolumeCommand extends ShellCommand {
  private static final Set<String> NAMED = Set.of("inspect", "rm");

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "ls|create|inspect|rm|prune",
      defaultValue = "ls")
  private String verb = "ls";

  @Parameters(index = "1..*", paramLabel = "NAME")
  private List<String> names = List.of();

  @Option(
      names = {"-d", "--driver"},
      paramLabel = "DRIVER",
      description = "driver of the new volume")
  private String driver = "";

  @Option(
      names = {"-o", "--opt"},
      paramLabel = "KEY=VALUE",
      description = "option for the driver: type=, device=, o=")
  private Map<String, String> options = Map.of();

  @Option(names = "--label", paramLabel = "KEY=VALUE", description = "label of the new volume")
  private Map<String, String> labels = Map.of();

  @Option(
      names = {"-a", "--all"},
      description = "prune named volumes too")
  private boolean all;

  VolumeCommand(Context context) {
    super(context);
  }

  @Override
  int run() throws Exception {
    if (NAMED.contains(verb) && names.isEmpty()) {
      return misused("volume " + verb + " needs NAME");
    }
    switch (verb) {
      case "ls", "list" -> list();
      case "create" -> create();
      case "inspect" -> {
        for (String name : names) {
          show(use(Volumes.class, volumes -> volumes.inspect(name)));
        }
      }
      case "rm" -> {
        for (String name : names) {
          tell(Volumes.class, volumes -> volumes.remove(name, false));
          console().print(name);
        }
      }
      case "prune" -> {
        Map<String, List<String>> filters = all ? Map.of("all", List.of("true")) : Map.of();
        use(Volumes.class, volumes -> volumes.prune(filters)).names().forEach(console()::print);
      }
      default -> {
        return misused("volume knows ls, create, inspect, rm and prune, not " + verb);
      }
    }
    return 0;
  }

  private void list() throws Exception {
    Table table = new Table("DRIVER", "VOLUME NAME", "CONTAINERS");
    for (VolumeDetails volume : use(Volumes.class, volumes -> volumes.list(Map.of()))) {
      table.row(volume.driver(), volume.name(), Integer.toString(volume.users().size()));
    }
    table.lines().forEach(console()::print);
  }

  private void create() throws Exception {
    for (String name : names.isEmpty() ? List.of("") : names) {
      VolumeRequest request = new VolumeRequest(name, driver, options, labels);
      console().print(use(Volumes.class, volumes -> volumes.create(request)).name());
    }
  }

  private void show(VolumeDetails volume) {
    Table table = new Table("NAME", volume.name());
    table.row("DRIVER", volume.driver());
    table.row("MOUNTPOINT", volume.mountpoint());
    table.row("CREATED", volume.created().toString());
    table.row("LABELS", volume.labels().toString());
    table.row("OPTIONS", volume.options().toString());
    table.row("CONTAINERS", String.join(" ", volume.users()));
    table.lines().forEach(console()::print);
  }
}
