package dev.felucca.shell;

import dev.felucca.kernel.image.Images;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code rmi IMAGE…}. */
@Command(description = "remove images")
final class RmiCommand extends ShellCommand {
  @Option(
      names = {"-f", "--force"},
      description = "though stopped containers use it, or by an id that has names")
  private boolean force;

  @Option(names = "--no-prune", description = "keep parents that have no name")
  private boolean keepParents;

  @Parameters(arity = "1..*", paramLabel = "IMAGE")
  private List<String> images = new ArrayList<>();

  RmiCommand(Context context) {
    super(context);
  }

  @Override
  int run() throws Exception {
    for (String image : images) {
      for (Images.Removed step :
          use(Images.class, service -> service.remove(image, force, !keepParents))) {
        console()
            .print(
                step.untagged() != null
                    ? "Untagged: " + step.untagged()
                    : "Deleted: " + step.deleted());
      }
    }
    return 0;
  }
}
