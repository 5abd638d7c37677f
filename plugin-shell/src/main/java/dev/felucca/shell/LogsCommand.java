package dev.felucca.shell;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.ContainerStreams;
import dev.felucca.kernel.log.LogEntry;
import dev.felucca.kernel.log.LogQuery;
import dev.felucca.kernel.log.LogReader;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code logs CONTAINER}. */
@Command(description = "show what a container has printed")
final class LogsCommand extends ShellCommand {
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  @Option(
      names = {"-f", "--follow"},
      description = "go on with what is printed later")
  private boolean follow;

  @Option(
      names = {"-n", "--tail"},
      paramLabel = "COUNT",
      description = "the last lines only")
  private String tail = "all";

  @Option(
      names = "--since",
      paramLabel = "TIME",
      description = "from then on: 2026-01-02T03:04:05Z, or 10m ago")
  private @Nullable String since;

  @Option(
      names = "--until",
      paramLabel = "TIME",
      description = "up to then: 2026-01-02T03:04:05Z, or 10m ago")
  private @Nullable String until;

  @Option(
      names = {"-t", "--timestamps"},
      description = "each line with its time")
  private boolean timestamps;

  @Parameters(paramLabel = "CONTAINER")
  private String container = "";

  LogsCommand(Context context) {
    super(context);
  }

  @Override
  int run() throws Exception {
    LogQuery query =
        new LogQuery(
            true,
            true,
            count(tail),
            since == null ? null : time(since, Instant.now()),
            until == null ? null : time(until, Instant.now()),
            follow);
    try (LogReader reader =
        use(ContainerStreams.class, streams -> streams.logs(container, query))) {
      while (!Thread.currentThread().isInterrupted()) {
        LogEntry entry = reader.next(PATIENCE);
        if (entry == null) {
          if (follow && running()) {
            continue;
          }
          return 0;
        }
        if (timestamps) {
          console().out().print(entry.time() + " ");
        }
        console().out().write(entry.line(), 0, entry.line().length);
        console().out().flush();
      }
    }
    return 130;
  }

  private boolean running() throws Exception {
    return use(
        dev.felucca.kernel.container.ContainerQueries.class,
        queries -> queries.inspect(container, false).state().status().alive());
  }

  private static int count(String tail) {
    try {
      return tail.equals("all") ? -1 : Integer.parseInt(tail);
    } catch (NumberFormatException e) {
      throw new EngineException(INVALID, "not a number of lines: " + tail, e);
    }
  }

  /**
   * A time such as {@code 2026-01-02T03:04:05Z} or in seconds of Unix, or a span before {@code now}
   * such as {@code 10m}.
   */
  static Instant time(String text, Instant now) {
    if (text.matches("\\d{1,12}")) {
      return Instant.ofEpochSecond(Long.parseLong(text));
    }
    try {
      boolean span = !text.isEmpty() && "smhSMH".indexOf(text.charAt(text.length() - 1)) >= 0;
      return span ? now.minus(Duration.parse("PT" + text)) : Instant.parse(text);
    } catch (DateTimeException e) {
      throw new EngineException(
          INVALID, "neither a time as 2026-01-02T03:04:05Z nor a span as 10m: " + text, e);
    }
  }
}
