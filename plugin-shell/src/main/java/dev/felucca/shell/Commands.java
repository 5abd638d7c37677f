package dev.felucca.shell;

import dev.felucca.kernel.EngineException;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.felix.service.command.CommandSession;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import picocli.CommandLine;

/**
 * Registers every command with Gogo in the scope {@code felucca}. A command leaves its exit code in
 * the session variable {@code ?} and ends with an exception when it isn't 0, so that scripts stop.
 */
@Component(service = Commands.class, immediate = true)
public final class Commands {
  static final Map<String, Function<ShellCommand.Context, ShellCommand>> ALL = new TreeMap<>();

  static {
    ALL.put("commit", ArchiveCommands.Commit::new);
    ALL.put("diff", ArchiveCommands.Diff::new);
    ALL.put("export", ArchiveCommands.Export::new);
    ALL.put("history", UpkeepCommands.History::new);
    ALL.put("container-prune", ContainerPrune::new);
    ALL.put("image-prune", UpkeepCommands.Prune::new);
    ALL.put("image-usage", UpkeepCommands.Usage::new);
    ALL.put("image-verify", UpkeepCommands.Verify::new);
    ALL.put("import", ArchiveCommands.Import::new);
    ALL.put("load", ArchiveCommands.Load::new);
    ALL.put("push", RegistryCommands.Push::new);
    ALL.put("save", ArchiveCommands.Save::new);
    ALL.put("search", RegistryCommands.Search::new);
    ALL.put("attach", AttachCommand::new);
    ALL.put("cp", CpCommand::new);
    ALL.put("create", CreateCommand::new);
    ALL.put("driver", DriverCommand::new);
    ALL.put("events", EventsCommand::new);
    ALL.put("exec", ExecCommand::new);
    ALL.put("explain", ExplainCommand::new);
    ALL.put("images", ImagesCommand::new);
    ALL.put("info", InfoCommand::new);
    ALL.put("inspect", InspectCommand::new);
    ALL.put("kill", LifeCommands.Kill::new);
    ALL.put("login", LoginCommands.Login::new);
    ALL.put("logout", LoginCommands.Logout::new);
    ALL.put("logs", LogsCommand::new);
    ALL.put("mount", MountCommands.Mount::new);
    ALL.put("unmount", MountCommands.Unmount::new);
    ALL.put("network", NetworkCommand::new);
    ALL.put("objects", ObjectsCommand::new);
    ALL.put("networks", NetworkCommand::new);
    ALL.put("publish", PublishCommand::new);
    ALL.put("pause", LifeCommands.Pause::new);
    ALL.put("ps", PsCommand::new);
    ALL.put("pull", PullCommand::new);
    ALL.put("rename", LifeCommands.Rename::new);
    ALL.put("restart", LifeCommands.Restart::new);
    ALL.put("rm", LifeCommands.Rm::new);
    ALL.put("rmi", RmiCommand::new);
    ALL.put("run", RunCommand::new);
    ALL.put("stats", StatsCommand::new);
    ALL.put("update", UpdateCommand::new);
    ALL.put("start", LifeCommands.Start::new);
    ALL.put("stop", LifeCommands.Stop::new);
    ALL.put("tag", TagCommand::new);
    ALL.put("top", TopCommand::new);
    ALL.put("unpause", LifeCommands.Unpause::new);
    ALL.put("volume", VolumeCommand::new);
    ALL.put("wait", WaitCommand::new);
  }

  private static final int HELP_COLUMN = 50;
  private static final int HELP_WIDTH = 130;

  private final List<ServiceRegistration<?>> registrations = new ArrayList<>();

  @Activate
  public Commands(BundleContext context) {
    Services services = new Services(context);
    ALL.forEach(
        (name, maker) -> {
          Hashtable<String, Object> properties = new Hashtable<>();
          properties.put("osgi.command.scope", "felucca");
          properties.put("osgi.command.function", name);
          org.apache.felix.service.command.Function function =
              (session, arguments) -> execute(name, maker, services, session, arguments);
          registrations.add(
              context.registerService(
                  org.apache.felix.service.command.Function.class, function, properties));
        });
  }

  @Deactivate
  void stop() {
    registrations.forEach(ServiceRegistration::unregister);
  }

  private static @Nullable Object execute(
      String name,
      Function<ShellCommand.Context, ShellCommand> maker,
      Services services,
      CommandSession session,
      List<Object> arguments)
      throws IOException {
    Console console = Console.of(session);
    String[] words = arguments.stream().map(String::valueOf).toArray(String[]::new);
    ShellCommand command = maker.apply(new ShellCommand.Context(services, console));
    int code = line(name, command).execute(words);
    console.out().flush();
    session.put("?", code);
    if (code != 0) {
      throw new Failed(name + ": exit code " + code);
    }
    return command.answer();
  }

  /** Ends a script. The command itself has said why, so a terminal shows no class of it. */
  private static final class Failed extends IOException {
    private static final long serialVersionUID = 1;

    Failed(String message) {
      super(message);
    }

    @Override
    public String toString() {
      return String.valueOf(getMessage());
    }
  }

  static CommandLine line(String name, ShellCommand command) {
    CommandLine line = new CommandLine(command).setCommandName(name);
    // What follows the image or container belongs to the program that is run: -c is the shell's,
    // not ours.
    line.setStopAtPositional(command instanceof TakesProgram);
    line.setOut(new PrintWriter(command.console().out(), true));
    line.setErr(new PrintWriter(command.console().err(), true));
    line.getCommandSpec().usageMessage().abbreviateSynopsis(true);
    line.setUsageHelpLongOptionsMaxWidth(HELP_COLUMN);
    line.setUsageHelpWidth(HELP_WIDTH);
    line.setParameterExceptionHandler(
        (wrong, arguments) ->
            command.misused(wrong.getMessage() + " (" + name + " --help tells more)"));
    line.setExecutionExceptionHandler(
        (failure, commandLine, result) -> {
          command.complain("Error: " + words(failure));
          return failure instanceof EngineException ? 1 : 125;
        });
    return line;
  }

  private static String words(Exception failure) {
    return failure.getMessage() == null ? failure.toString() : failure.getMessage();
  }
}
