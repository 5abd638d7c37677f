package dev.felucca.shell;

import dev.felucca.kernel.container.ContainerManager;
import dev.felucca.kernel.container.ContainerManager.WaitCondition;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code wait CONTAINER…}. */
@Command(description = "wait until containers have ended; print their exit codes")
final class WaitCommand extends ShellCommand {
  @Parameters(arity = "1..*", paramLabel = "CONTAINER")
  private List<String> containers = new ArrayList<>();

  WaitCommand(Context context) {
    super(context);
  }

  @Override
  int run() throws Exception {
    for (String container : containers) {
      int code =
          use(
                  ContainerManager.class,
                  manager -> manager.await(container, WaitCondition.NOT_RUNNING))
              .toCompletableFuture()
              .get()
              .exitCode();
      console().print(Integer.toString(code));
    }
    return 0;
  }
}
