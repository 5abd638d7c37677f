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
  @Option(
      names = {"-d", "--detach"},
      description = "leave it running in the container")
  private boolean detach;

  @Option(
      names = {"-i", "--interactive"},
      description = "keep its standard input open")
  private boolean interactive;

  @Option(
      names = {"-t", "--tty"},
      description = "give it a terminal")
  private boolean tty;

  @Option(names = "--privileged", description = "with all capabilities")
  private boolean privileged;

  @Option(
      names = {"-e", "--env"},
      paramLabel = "NAME[=VALUE]",
      description = "a variable of its environment")
  private List<String> env = new ArrayList<>();

  @Option(
      names = {"-w", "--workdir"},
      paramLabel = "DIR",
      description = "where its program begins")
  private String workingDir = "";

  @Option(
      names = {"-u", "--user"},
      paramLabel = "USER[:GROUP]",
      description = "who its program runs as")
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
      session.begin(size -> tell(ExecManager.class, execs -> execs.resize(id, size)));
      if (!session.awaitEnd()) {
        return 0;
      }
    }
    Integer code = use(ExecManager.class, execs -> execs.inspect(id)).exitCode();
    return code == null ? 0 : code;
  }
}
