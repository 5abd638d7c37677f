package dev.felucca.shell;

import dev.felucca.kernel.container.ContainerManager;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * The commands that do one thing to each container named: what went well is printed, the rest is
 * told at its place.
 */
final class LifeCommands {
  private LifeCommands() {}

  /** Does it to each container. */
  abstract static class Each extends ShellCommand {
    @Parameters(arity = "1..*", paramLabel = "CONTAINER")
    private List<String> containers = new ArrayList<>();

    Each(Context context) {
      super(context);
    }

    abstract void act(ContainerManager manager, String container) throws IOException;

    /** How many at once, as the docker CLI does: each may take its whole timeout to stop. */
    int atOnce() {
      return 50;
    }

    @Override
    final int run() throws Exception {
      List<Optional<String>> refusals =
          AtOnce.refusals(
              atOnce(),
              containers,
              container -> tell(ContainerManager.class, manager -> act(manager, container)));
      int code = 0;
      for (int i = 0; i < refusals.size(); i++) {
        Optional<String> refusal = refusals.get(i);
        if (refusal.isPresent()) {
          complain("Error: " + refusal.get());
          code = 1;
        } else {
          console().print(containers.get(i));
        }
      }
      return code;
    }
  }

  @Command(description = "start containers")
  static final class Start extends Each {
    Start(Context context) {
      super(context);
    }

    /** One may need another that is named before it. */
    @Override
    int atOnce() {
      return 1;
    }

    @Override
    void act(ContainerManager manager, String container) throws IOException {
      manager.start(container);
    }
  }

  @Command(description = "stop containers: a signal, then SIGKILL")
  static final class Stop extends Each {
    @Option(
        names = {"-t", "--time", "--timeout"},
        paramLabel = "SECONDS",
        description = "how long they may take to end, before SIGKILL")
    private @Nullable Integer timeout;

    @Option(
        names = {"-s", "--signal"},
        paramLabel = "SIGNAL",
        description = "in place of the usual one")
    private @Nullable String signal;

    Stop(Context context) {
      super(context);
    }

    @Override
    void act(ContainerManager manager, String container) throws IOException {
      manager.stop(container, timeout, signal);
    }
  }

  @Command(description = "stop and start containers")
  static final class Restart extends Each {
    @Option(
        names = {"-t", "--time", "--timeout"},
        paramLabel = "SECONDS",
        description = "how long they may take to end, before SIGKILL")
    private @Nullable Integer timeout;

    @Option(
        names = {"-s", "--signal"},
        paramLabel = "SIGNAL",
        description = "in place of the usual one")
    private @Nullable String signal;

    Restart(Context context) {
      super(context);
    }

    @Override
    void act(ContainerManager manager, String container) throws IOException {
      manager.restart(container, timeout, signal);
    }
  }

  @Command(description = "send containers a signal")
  static final class Kill extends Each {
    @Option(
        names = {"-s", "--signal"},
        paramLabel = "SIGNAL",
        description = "in place of the usual one")
    private String signal = "KILL";

    Kill(Context context) {
      super(context);
    }

    @Override
    void act(ContainerManager manager, String container) throws IOException {
      manager.kill(container, signal);
    }
  }

  @Command(description = "stop every process of containers from being scheduled")
  static final class Pause extends Each {
    Pause(Context context) {
      super(context);
    }

    @Override
    void act(ContainerManager manager, String container) throws IOException {
      manager.pause(container);
    }
  }

  @Command(description = "let paused containers go on")
  static final class Unpause extends Each {
    Unpause(Context context) {
      super(context);
    }

    @Override
    void act(ContainerManager manager, String container) throws IOException {
      manager.unpause(container);
    }
  }

  @Command(description = "remove containers")
  static final class Rm extends Each {
    @Option(
        names = {"-f", "--force"},
        description = "kill what runs")
    private boolean force;

    @Option(
        names = {"-v", "--volumes"},
        description = "and their anonymous volumes")
    private boolean volumes;

    @Option(
        names = {"-l", "--link"},
        description = "the link of that name, web/db, and neither container")
    private boolean link;

    Rm(Context context) {
      super(context);
    }

    @Override
    void act(ContainerManager manager, String container) throws IOException {
      if (link) {
        manager.unlink(container);
      } else {
        manager.remove(container, force, volumes);
      }
    }
  }

  @Command(description = "give a container another name")
  static final class Rename extends ShellCommand {
    @Parameters(index = "0", paramLabel = "CONTAINER")
    private String container = "";

    @Parameters(index = "1", paramLabel = "NAME")
    private String name = "";

    Rename(Context context) {
      super(context);
    }

    @Override
    int run() throws Exception {
      tell(ContainerManager.class, manager -> manager.rename(container, name));
      return 0;
    }
  }
}
