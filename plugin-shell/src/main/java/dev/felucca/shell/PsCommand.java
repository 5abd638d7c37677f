package dev.felucca.shell;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.container.ContainerDetails;
import dev.felucca.kernel.container.ContainerQueries;
import dev.felucca.kernel.container.ContainerState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ps}. */
@Command(description = "list containers")
final class PsCommand extends ShellCommand {
  @Option(
      names = {"-a", "--all"},
      description = "also those that don't run")
  private boolean all;

  @Option(
      names = {"-q", "--quiet"},
      description = "ids only")
  private boolean quiet;

  @Option(
      names = {"-l", "--latest"},
      description = "the last one made only")
  private boolean latest;

  @Option(
      names = {"-n", "--last"},
      paramLabel = "COUNT",
      description = "the last ones made only")
  private int last;

  @Option(names = "--no-trunc", description = "whole ids and commands")
  private boolean whole;

  @Option(
      names = {"-f", "--filter"},
      paramLabel = "KEY=VALUE",
      description = "only those, as docker's filters")
  private List<String> filters = new ArrayList<>();

  PsCommand(Context context) {
    super(context);
  }

  @Override
  int run() throws Exception {
    List<ContainerDetails> containers =
        use(
            ContainerQueries.class,
            queries -> queries.list(all, latest ? 1 : last, false, filters(filters)));
    if (quiet) {
      containers.forEach(container -> console().print(id(container)));
      return 0;
    }
    Map<ContainerId, List<String>> linkNames =
        use(ContainerQueries.class, ContainerQueries::linkNames);
    Instant now = Instant.now();
    Table table =
        new Table("CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES");
    for (ContainerDetails container : containers) {
      table.row(
          id(container),
          container.config().image(),
          command(container),
          Ago.span(Duration.between(container.created(), now)) + " ago",
          status(container.state(), now),
          container.ports().stream()
              .map(
                  port ->
                      port.routed()
                          ? port.containerPort() + "/" + port.protocol()
                          : (port.hostIp().isEmpty() ? "0.0.0.0" : port.hostIp())
                              + ":"
                              + port.hostPort()
                              + "->"
                              + port.containerPort()
                              + "/"
                              + port.protocol())
              .collect(Collectors.joining(", ")),
          names(container, linkNames));
    }
    table.lines().forEach(console()::print);
    return 0;
  }

  private static String names(
      ContainerDetails container, Map<ContainerId, List<String>> linkNames) {
    List<String> names = new ArrayList<>(List.of(container.name()));
    names.addAll(linkNames.getOrDefault(container.id(), List.of()));
    return String.join(", ", names);
  }

  private String id(ContainerDetails container) {
    return whole ? container.id().hex() : container.id().shortForm();
  }

  private String command(ContainerDetails container) {
    String text =
        container.path()
            + container.args().stream().map(word -> " " + word).collect(Collectors.joining());
    return "\"" + (whole || text.length() <= 20 ? text : text.substring(0, 19) + "…") + "\"";
  }

  /** {@code key=value} words as Docker's filters. */
  static Map<String, List<String>> filters(List<String> words) {
    Map<String, List<String>> filters = new LinkedHashMap<>();
    for (String word : words) {
      int equals = word.indexOf('=');
      String key = equals < 0 ? word : word.substring(0, equals);
      filters
          .computeIfAbsent(key, k -> new ArrayList<>())
          .add(equals < 0 ? "" : word.substring(equals + 1));
    }
    return filters;
  }

  static String status(ContainerState state, Instant now) {
    return switch (state.status()) {
      case CREATED -> "Created";
      case RUNNING -> "Up " + since(state.started(), now);
      case PAUSED -> "Up " + since(state.started(), now) + " (Paused)";
      case RESTARTING ->
          "Restarting (" + state.exitCode() + ") " + since(state.finished(), now) + " ago";
      case REMOVING -> "Removal In Progress";
      case EXITED -> "Exited (" + state.exitCode() + ") " + since(state.finished(), now) + " ago";
      case DEAD -> "Dead";
    };
  }

  private static String since(@Nullable Instant then, Instant now) {
    return then == null ? "some time" : Ago.span(Duration.between(then, now));
  }
}
