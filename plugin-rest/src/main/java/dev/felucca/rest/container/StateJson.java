package dev.felucca.rest.container;

import dev.felucca.kernel.container.ContainerState;
import dev.felucca.kernel.container.ContainerState.Health;
import dev.felucca.kernel.container.ContainerState.Status;
import dev.felucca.rest.json.HumanDuration;
import dev.felucca.rest.json.JsonOut;
import java.time.Instant;
import java.util.Locale;

/** A container's state: the API's {@code ContainerState}, and in the words of {@code docker ps}. */
final class StateJson {
  private StateJson() {}

  static void write(JsonOut out, ContainerState state) {
    out.text("Status", word(state))
        .flag("Running", running(state))
        .flag("Paused", state.status() == Status.PAUSED)
        .flag("Restarting", state.status() == Status.RESTARTING)
        .flag("OOMKilled", state.oomKilled())
        .flag("Dead", state.status() == Status.DEAD)
        .number("Pid", state.pid())
        .number("ExitCode", state.exitCode())
        .text("Error", state.error())
        .time("StartedAt", state.started())
        .time("FinishedAt", state.finished());
    Health health = state.health();
    if (health != null) {
      out.object("Health", fields -> health(fields, health));
    }
  }

  private static void health(JsonOut out, Health health) {
    out.text("Status", health.status())
        .number("FailingStreak", health.failingStreak())
        .objects(
            "Log",
            health.log(),
            (one, probe) ->
                one.time("Start", probe.start())
                    .time("End", probe.end())
                    .number("ExitCode", probe.exitCode())
                    .text("Output", probe.output()));
  }

  static String word(ContainerState state) {
    return state.status().name().toLowerCase(Locale.ROOT);
  }

  /** Docker calls one that waits for its restart running too. */
  private static boolean running(ContainerState state) {
    return state.status().alive() || state.status() == Status.RESTARTING;
  }

  /** {@code Up 3 seconds}, {@code Exited (137) 2 minutes ago}. */
  static String sentence(ContainerState state, Instant now) {
    String up = "Up " + HumanDuration.since(state.started(), now);
    String ended =
        "(" + state.exitCode() + ") " + HumanDuration.since(state.finished(), now) + " ago";
    Health health = state.health();
    return switch (state.status()) {
      case PAUSED -> up + " (Paused)";
      case RESTARTING -> "Restarting " + ended;
      case RUNNING -> health == null || health.status().equals("none") ? up : up + words(health);
      case REMOVING -> "Removal In Progress";
      case DEAD -> "Dead";
      case CREATED -> "Created";
      case EXITED -> state.started() == null ? "Created" : "Exited " + ended;
    };
  }

  private static String words(Health health) {
    return health.status().equals("starting")
        ? " (health: starting)"
        : " (" + health.status() + ")";
  }
}
