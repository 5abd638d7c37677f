package dev.felucca.shell;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.ContainerQueries;
import dev.felucca.kernel.image.Images;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code inspect NAME…}, containers before images. */
@Command(description = "everything known of containers or images")
final class InspectCommand extends ShellCommand {
  @Parameters(arity = "1..*", paramLabel = "NAME")
  private List<String> names = new ArrayList<>();

  InspectCommand(Context context) {
    super(context);
  }

  @Override
  int run() throws Exception {
    for (String name : names) {
      console().print(Records.show(find(name)));
    }
    return 0;
  }

  private Object find(String name) throws Exception {
    try {
      return use(ContainerQueries.class, queries -> queries.inspect(name, false));
    } catch (EngineException e) {
      if (e.kind() != EngineException.Kind.NOT_FOUND) {
        throw e;
      }
      return use(Images.class, images -> images.inspect(name));
    }
  }
}
