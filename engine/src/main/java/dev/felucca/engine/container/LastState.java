package dev.felucca.engine.container;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How far a container's life has come: the content of its {@code state.json}. Written without fsync
 * at a start: what a power cut may forget of it is that the container ever ran.
 *
 * @param phase {@code created}, {@code started} (whether it still runs the driver knows) or {@code
 *     exited}
 * @param stopRequested somebody stopped it: {@code unless-stopped} leaves it so
 */
record LastState(
    Phase phase,
    int exitCode,
    boolean oomKilled,
    String error,
    @Nullable Instant started,
    @Nullable Instant finished,
    boolean stopRequested,
    int restartCount) {
  static final LastState CREATED = new LastState(Phase.CREATED, 0, false, "", null, null, false, 0);

  enum Phase {
    CREATED,
    STARTED,
    EXITED
  }

  LastState started(Instant at) {
    return new LastState(Phase.STARTED, 0, false, "", at, finished, false, restartCount);
  }

  LastState exited(int code, boolean oom, Instant at) {
    return new LastState(Phase.EXITED, code, oom, "", started, at, stopRequested, restartCount);
  }

  LastState startFailed(int code, String message) {
    return new LastState(
        phase, code, false, message, started, finished, stopRequested, restartCount);
  }

  LastState withStopRequested(boolean requested) {
    return new LastState(
        phase, exitCode, oomKilled, error, started, finished, requested, restartCount);
  }

  LastState withOomKilled() {
    return new LastState(
        phase, exitCode, true, error, started, finished, stopRequested, restartCount);
  }

  LastState withRestartCount(int count) {
    return new LastState(
        phase, exitCode, oomKilled, error, started, finished, stopRequested, count);
  }
}
