package dev.felucca.shell;

import dev.felucca.kernel.container.ContainerManager;
import dev.felucca.kernel.container.ContainerManager.WaitCondition;
import dev.felucca.kernel.container.ContainerStreams;
import dev.felucca.kernel.container.ContainerStreams.AttachRequest;
import java.util.concurrent.CompletionStage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code run [options] IMAGE [COMMAND…]}. */
@Command(description = "make a container and start it")
final class RunCommand extends ShellCommand implements TakesProgram {
  @Option(
      names = {"-d", "--detach"},
      description = "print its id and leave it running")
  private boolean detach;

  @Mixin private ContainerOptions options = new ContainerOptions();

  RunCommand(Context context) {
    super(context);
  }

  @Override
  int run() throws Exception {
    String id = CreateCommand.create(this, options, !detach).id().hex();
    if (detach) {
      tell(ContainerManager.class, manager -> manager.start(id));
      console().print(id);
      return 0;
    }
    CompletionStage<ContainerManager.WaitResult> exit =
        use(
            ContainerManager.class,
            manager ->
                manager.await(
                    id, options.remove ? WaitCondition.REMOVED : WaitCondition.NEXT_EXIT));
    AttachRequest request = new AttachRequest(options.interactive, true, true, false, true);
    try (Session session =
        Session.open(
            console(),
            options.tty,
            options.interactive,
            listener ->
                use(ContainerStreams.class, streams -> streams.attach(id, request, listener)))) {
      tell(ContainerManager.class, manager -> manager.start(id));
      session.begin(size -> tell(ContainerManager.class, manager -> manager.resize(id, size)));
      if (!session.awaitEnd()) {
        return 0;
      }
    }
    return exit.toCompletableFuture().get().exitCode();
  }
}
