package dev.felucca.kernel.container;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A container's state as it stands.
 *
 * @param pid the host's pid of the first process, 0 when there is none
 * @param error the last start's failure, empty when there was none
 */
public record ContainerState(
    Status status,
    boolean oomKilled,
    int pid,
    int exitCode,
    String error,
    @Nullable Instant started,
    @Nullable Instant finished,
    @Nullable Health health) {
  /** Docker's statuses. */
  public enum Status {
    CREATED,
    RUNNING,
    PAUSED,
    RESTARTING,
    REMOVING,
    EXITED,
    DEAD;

    /** True while there is a first process. */
    public boolean alive() {
      return this == RUNNING || this == PAUSED;
    }
  }

  /** The last health checks, oldest first. */
  public record Health(String status, int failingStreak, List<Probe> log) {}

  /** One health check. */
  public record Probe(Instant start, Instant end, int exitCode, String output) {}
}
