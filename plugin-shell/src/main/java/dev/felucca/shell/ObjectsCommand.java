package dev.felucca.shell;

import dev.felucca.kernel.container.ContainerQueries;
import dev.felucca.kernel.container.SystemInfo;
import dev.felucca.kernel.image.Images;
import dev.felucca.kernel.network.Networks;
import dev.felucca.kernel.volume.Volumes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code objects KIND}: the kernel's records, for closures: {@code each (objects containers) { echo
 * ($it name) }}.
 */
@Command(
    description = {
      "what the engine has, as objects for Gogo's variables and closures, as in",
      "each (objects containers) { echo ($it name) (($it state) status) }"
    })
final class ObjectsCommand extends ShellCommand {
  @Option(
      names = {"-a", "--all"},
      description = "also containers that don't run, and images in between")
  private boolean all;

  @Option(
      names = {"-f", "--filter"},
      paramLabel = "KEY=VALUE",
      description = "only those, as docker's filters")
  private List<String> filters = new ArrayList<>();

  @Parameters(paramLabel = "containers|images|networks|volumes|drivers")
  private String kind = "";

  private @Nullable List<?> found;

  ObjectsCommand(Context context) {
    super(context);
  }

  @Override
  int run() throws Exception {
    Map<String, List<String>> only = PsCommand.filters(filters);
    switch (kind) {
      case "containers" ->
          found = use(ContainerQueries.class, queries -> queries.list(all, 0, false, only));
      case "images" -> found = use(Images.class, images -> images.list(all, only));
      case "networks" -> found = use(Networks.class, networks -> networks.list(only));
      case "volumes" -> found = use(Volumes.class, volumes -> volumes.list(only));
      case "drivers" -> found = use(SystemInfo.class, SystemInfo::drivers);
      default -> {
        return misused(
            "objects knows containers, images, networks, volumes and drivers, not " + kind);
      }
    }
    return 0;
  }

  @Override
  @Nullable Object answer() {
    // Gogo cannot call what the JDK keeps to itself, such as the lists of List.of.
    return found == null ? null : new ArrayList<>(found);
  }
}
