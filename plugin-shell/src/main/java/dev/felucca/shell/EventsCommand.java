package dev.felucca.shell;

import dev.felucca.kernel.event.EventBus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code events}; Ctrl-C ends it. */
@Command(description = "show what happens, as it happens")
final class EventsCommand extends ShellCommand {
  @Option(
      names = "--since",
      paramLabel = "TIME",
      description = "from then on: 2026-01-02T03:04:05Z, or 10m ago")
  private @Nullable String since;

  @Option(names = "--until", paramLabel = "TIME", description = "up to then, and end")
  private @Nullable String until;

  @Option(
      names = {"-f", "--filter"},
      paramLabel = "KEY=VALUE",
      description = "only those, as docker's filters")
  private List<String> filters = new ArrayList<>();

  EventsCommand(Context context) {
    super(context);
  }

  @Override
  int run() throws Exception {
    Instant now = Instant.now();
    CountDownLatch ended = new CountDownLatch(1);
    EventBus.Subscription subscription =
        use(
            EventBus.class,
            bus ->
                bus.subscribe(
                    since == null ? null : LogsCommand.time(since, now),
                    until == null ? null : LogsCommand.time(until, now),
                    PsCommand.filters(filters),
                    event ->
                        console()
                            .print(
                                event.time()
                                    + " "
                                    + event.type()
                                    + " "
                                    + event.action()
                                    + " "
                                    + event.actorId()
                                    + new TreeMap<>(event.attributes())
                                        .entrySet().stream()
                                            .map(pair -> pair.getKey() + "=" + pair.getValue())
                                            .collect(Collectors.joining(", ", " (", ")"))),
                    ended::countDown));
    try (subscription) {
      ended.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return 0;
  }
}
