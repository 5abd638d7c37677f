package dev.felucca.shell;

import dev.felucca.kernel.container.ExecManager;
import dev.felucca.kernel.container.ExecManager.ExecConfig;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code exec [options] CONTAINER COMMAND…}. */
@Command(description = "run a program in a running container")
final class ExecCommand extends ShellCommand implements TakesProgram {
  @Option(names = {"-d", "--detach"})
  private boolean detach;

  @Option(names = {"-i", "--interactive"})
  private boolean interactive;

  @Option(names = {"-t", "--tty"})
  private boolean tty;

  @Option(names = "--privileged")
  private boolean privileged;

  @Option(names = {"-e", "--env"})
  private List<String> env = new ArrayList<>();

  @Option(names = {"-w", "--workdir"})
  private String workingDir = "";

  @Option(names = {"-u", "--user"})
  private String user = "";

  @Parameters(index = "0", paramLabel = "CONTAINER")
  private String container = "";

  @Parameters(index = "1..*", arity = "1..*", paramLabel = "COMMAND")
  private List<String> command = new ArrayList<>();

  ExecCommand(Context context) {
    super(context);
  }

  @Override
  int run() throws Exception {
    ExecConfig config =
        new ExecConfig(
            command,
            env,
            workingDir,
            user,
            tty,
            privileged,
            interactive && !detach,
            !detach,
            !detach,
            "",
            null);
    String id = use(ExecManager.class, execs -> execs.create(container, config));
    if (detach) {
      use(ExecManager.class, execs -> execs.start(id, null, null)).close();
      return 0;
    }
    try (Session session =
        Session.open(
            console(),
            tty,
            interactive,
            listener -> use(ExecManager.class, execs -> execs.start(id, null, listener)))) {
      session.resizeWith(size -> tell(ExecManager.class, execs -> execs.resize(id, size)));
      if (!session.awaitEnd()) {
        return 0;
      }
    }
    Integer code = use(ExecManager.class, execs -> execs.inspect(id)).exitCode();
    return code == null ? 0 : code;
  }
}
