package dev.felucca.shell;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.ContainerManager;
import dev.felucca.kernel.container.CreateResult;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code create [options] IMAGE [COMMAND…]}. */
@Command(description = "make a container, not started")
final class CreateCommand extends ShellCommand implements TakesProgram {
  @Mixin private ContainerOptions options = new ContainerOptions();

  CreateCommand(Context context) {
    super(context);
  }

  @Override
  int run() throws Exception {
    console().print(create(this, options, false).id().hex());
    return 0;
  }

  /** Creates it, the image pulled first where it is missing. */
  static CreateResult create(ShellCommand command, ContainerOptions options, boolean attached)
      throws Exception {
    CreateResult result;
    try {
      result =
          command.use(ContainerManager.class, manager -> manager.create(options.request(attached)));
    } catch (EngineException e) {
      if (e.kind() != EngineException.Kind.NOT_FOUND
          || !e.getMessage().startsWith("No such image")) {
        throw e;
      }
      command.console().print("Unable to find image '" + options.image + "' locally");
      PullCommand.pull(command, options.image, options.platform);
      result =
          command.use(ContainerManager.class, manager -> manager.create(options.request(attached)));
    }
    result.warnings().forEach(warning -> command.console().print("WARNING: " + warning));
    return result;
  }
}
