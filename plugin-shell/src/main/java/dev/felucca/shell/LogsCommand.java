package dev.felucca.shell;

import dev.felucca.kernel.container.ContainerStreams;
import dev.felucca.kernel.log.LogEntry;
import dev.felucca.kernel.log.LogQuery;
import dev.felucca.kernel.log.LogReader;
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

  @Option(names = {"-f", "--follow"})
  private boolean follow;

  @Option(names = {"-n", "--tail"})
  private String tail = "all";

  @Option(names = "--since")
  private @Nullable String since;

  @Option(names = "--until")
  private @Nullable String until;

  @Option(names = {"-t", "--timestamps"})
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
            tail.equals("all") ? -1 : Integer.parseInt(tail),
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

  /**
   * A time such as {@code 2026-01-02T03:04:05Z}, or a span before {@code now} such as {@code 10m}.
   */
  static Instant time(String text, Instant now) {
    return Character.isDigit(text.charAt(text.length() - 1)) || text.endsWith("Z")
        ? Instant.parse(text)
        : now.minus(Duration.parse("PT" + text));
  }
}
