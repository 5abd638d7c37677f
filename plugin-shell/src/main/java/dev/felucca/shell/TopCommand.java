package dev.felucca.shell;

import dev.felucca.kernel.container.ContainerQueries;
import dev.felucca.kernel.isolation.ProcessInfo;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code top CONTAINER}. */
@Command(description = "list a container's processes")
final class TopCommand extends ShellCommand {
  @Parameters(paramLabel = "CONTAINER")
  private String container = "";

  TopCommand(Context context) {
    super(context);
  }

  @Override
  int run() throws Exception {
    Table table = new Table("USER", "PID", "PPID", "COMMAND");
    for (ProcessInfo process :
        use(ContainerQueries.class, queries -> queries.processes(container))) {
      table.row(
          process.user(),
          Integer.toString(process.pid()),
          Integer.toString(process.parentPid()),
          process.command());
    }
    table.lines().forEach(console()::print);
    return 0;
  }
}
