package dev.felucca.shell;

import dev.felucca.kernel.container.ContainerDetails;
import dev.felucca.kernel.container.ContainerManager;
import dev.felucca.kernel.container.ContainerQueries;
import dev.felucca.kernel.container.ContainerStreams;
import dev.felucca.kernel.container.ContainerStreams.AttachRequest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code attach CONTAINER}; Ctrl-P Ctrl-Q leaves it running. */
@Command(description = "join a running container's streams; Ctrl-P Ctrl-Q leaves")
final class AttachCommand extends ShellCommand {
  @Option(names = "--no-stdin", description = "take no input")
  private boolean noStdin;

  @Parameters(paramLabel = "CONTAINER")
  private String container = "";

  AttachCommand(Context context) {
    super(context);
  }

  @Override
  int run() throws Exception {
    ContainerDetails details =
        use(ContainerQueries.class, queries -> queries.inspect(container, false));
    if (!details.state().status().alive()) {
      complain("You cannot attach to a stopped container, start it first");
      return 1;
    }
    String id = details.id().hex();
    boolean input = details.config().openStdin() && !noStdin;
    AttachRequest request = new AttachRequest(input, true, true, false, true);
    try (Session session =
        Session.open(
            console(),
            details.config().tty(),
            input,
            listener ->
                use(ContainerStreams.class, streams -> streams.attach(id, request, listener)))) {
      session.begin(size -> tell(ContainerManager.class, manager -> manager.resize(id, size)));
      if (!session.awaitEnd()) {
        return 0;
      }
    }
    return use(
            ContainerManager.class,
            manager -> manager.await(id, ContainerManager.WaitCondition.NOT_RUNNING))
        .toCompletableFuture()
        .get()
        .exitCode();
  }
}
