package dev.felucca.shell;

import dev.felucca.kernel.container.ContainerManager;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code container-prune [-f FILTER]}. */
@Command(description = "remove containers that don't run")
final class ContainerPrune extends ShellCommand {
  @Option(
      names = {"-f", "--filter"},
      paramLabel = "KEY=VALUE",
      description = "label=KEY[=VALUE], label!=KEY[=VALUE], until=TIME")
  private List<String> filters = new ArrayList<>();

  ContainerPrune(Context context) {
    super(context);
  }

  @Override
  int run() throws Exception {
    ContainerManager.Pruned pruned =
        use(ContainerManager.class, manager -> manager.prune(PsCommand.filters(filters)));
    pruned.containers().forEach(id -> console().print(id.hex()));
    console().print("Total reclaimed space: " + Bytes.show(pruned.bytes()));
    return 0;
  }
}
