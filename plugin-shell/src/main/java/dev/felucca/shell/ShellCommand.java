package dev.felucca.shell;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** One command; picocli fills its fields, and {@link #run} does the work. */
abstract class ShellCommand implements Callable<Integer> {
  @Option(
      names = {"--help"},
      usageHelp = true,
      description = "show this help")
  private boolean help;

  private final Context context;

  /** What every command is given. */
  record Context(Services services, Console console) {}

  ShellCommand(Context context) {
    this.context = context;
  }

  final Console console() {
    return context.console;
  }

  /** Says why it failed, where a person reads it. */
  void complain(String line) {
    console().out().flush();
    console().err().println(line);
  }

  /** Says how it is used, and answers the exit code for that. */
  final int misused(String why) {
    complain("Error: " + why);
    return 2;
  }

  final <S, R> R use(Class<S> type, Services.Call<S, R> call) throws Exception {
    return context.services.use(type, call);
  }

  /** As {@link #use}, for calls that answer nothing. */
  final <S> void tell(Class<S> type, Action<S> action) throws Exception {
    context.services.use(
        type,
        service -> {
          action.on(service);
          return true;
        });
  }

  /** What is done with a service that answers nothing. */
  @FunctionalInterface
  interface Action<S> {
    void on(S service) throws Exception;
  }

  /** Does the work; answers the exit code. */
  abstract int run() throws Exception;

  /** What Gogo is given for variables and closures once it has run; most commands only print. */
  @Nullable Object answer() {
    return null;
  }

  @Override
  public final Integer call() throws Exception {
    return run();
  }
}
