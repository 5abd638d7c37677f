package dev.felucca.engine.state;

import dev.felucca.kernel.event.Event;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;

/**
 * A state file that cannot be read or doesn't parse; it was moved aside and is never deleted by the
 * engine.
 */
public final class DamagedStateException extends IOException {
  private static final long serialVersionUID = 1;
  private final transient Path aside;

  DamagedStateException(Path file, Path aside, Throwable cause) {
    super(
        "state file "
            + file
            + " is damaged and was moved to "
            + aside.getFileName()
            + ": "
            + cause.getMessage(),
        cause);
    this.aside = aside;
  }

  /** What clients are told of it. */
  public Event event() {
    return new Event(
        "daemon",
        "state_damaged",
        aside.toString(),
        Map.of("name", String.valueOf(getMessage())),
        Instant.now());
  }

  /** Where it lies now. */
  public Path aside() {
    return aside;
  }
}
