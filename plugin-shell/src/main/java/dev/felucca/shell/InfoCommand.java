package dev.felucca.shell;

import dev.felucca.kernel.container.SystemInfo;
import picocli.CommandLine.Command;

/** {@code info}. */
@Command(description = "the engine and its host")
final class InfoCommand extends ShellCommand {
  InfoCommand(Context context) {
    super(context);
  }

  @Override
  int run() throws Exception {
    tell(SystemInfo.class, system -> console().print(Records.show(system.info())));
    return 0;
  }
}
