package dev.felucca.shell;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.ContainerManager;
import dev.felucca.kernel.container.UpdateRequest;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code update [LIMITS] CONTAINER…}. */
@Command(description = "change limits and restart policies of containers")
final class UpdateCommand extends ShellCommand {
  @Mixin private LimitOptions limits = new LimitOptions();

  @Option(
      names = "--restart",
      paramLabel = "POLICY",
      description = "no, on-failure[:COUNT], always or unless-stopped")
  private @Nullable String restart;

  @Parameters(arity = "1..*", paramLabel = "CONTAINER")
  private List<String> containers = new ArrayList<>();

  UpdateCommand(Context context) {
    super(context);
  }

  @Override
  int run() throws Exception {
    UpdateRequest request =
        new UpdateRequest(
            limits.resources(null),
            limits.nanoCpus(),
            restart == null ? null : ContainerOptions.restartPolicy(restart));
    int code = 0;
    for (String container : containers) {
      try {
        List<String> warnings =
            use(ContainerManager.class, manager -> manager.update(container, request));
        console().print(container);
        warnings.forEach(warning -> console().print("WARNING: " + warning));
      } catch (EngineException e) {
        complain("Error: " + e.getMessage());
        code = 1;
      }
    }
    return code;
  }
}
