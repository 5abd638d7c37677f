package dev.felucca.shell;

import dev.felucca.kernel.container.ContainerQueries;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code explain CONTAINER}: how it is made, from the kernel's side. */
@Command(description = "show the system calls, netlink messages and mounts that make a container")
final class ExplainCommand extends ShellCommand {
  @Option(names = "--section", paramLabel = "TITLE", description = "one of the sections only")
  private @Nullable String section;

  @Parameters(paramLabel = "CONTAINER")
  private String container = "";

  ExplainCommand(Context context) {
    super(context);
  }

  @Override
  int run() throws Exception {
    Map<String, List<String>> sections =
        use(ContainerQueries.class, queries -> queries.explain(container));
    if (section != null && !sections.containsKey(section)) {
      complain("Error: sections are " + String.join(", ", sections.keySet()));
      return 1;
    }
    sections.forEach(
        (title, lines) -> {
          if (section == null || section.equals(title)) {
            console().print(title + ":");
            lines.forEach(line -> console().print("  " + line));
          }
        });
    return 0;
  }
}
