package dev.felucca.kernel;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A refusal: the engine or a driver understood the request and will not do it. Trouble with disk,
 * network or kernel is an {@link java.io.IOException} instead. Messages are for the person who
 * asked: lower case, naming the thing.
 */
public final class EngineException extends RuntimeException {
  /** Why it was refused; the API bundle holds the one table from kinds to HTTP status codes. */
  public enum Kind {
    /** The request itself is wrong and no state of the engine would make it right. */
    INVALID,
    /** Credentials are missing or wrong. */
    UNAUTHORIZED,
    /** Understood, and forbidden. */
    FORBIDDEN,
    /** The thing named does not exist. */
    NOT_FOUND,
    /** The state of the thing named forbids it; it may be right later. */
    CONFLICT,
    /** Already in the state asked for; nothing was done. */
    NOT_MODIFIED,
    /** A driver that is needed is not there, or cannot work on this host. */
    UNAVAILABLE,
    /** Another host, such as a registry, cannot be reached or has trouble of its own. */
    UNREACHABLE,
    /** Known and not supported by this engine. */
    NOT_IMPLEMENTED,
    /** The engine tried and failed. */
    INTERNAL
  }

  private final Kind kind;

  public EngineException(Kind kind, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = Objects.requireNonNull(kind, "kind");
  }

  public EngineException(Kind kind, String message) {
    this(kind, message, null);
  }

  /** Never null, unlike a Throwable's in general. */
  @Override
  public String getMessage() {
    return Objects.requireNonNull(super.getMessage());
  }

  public Kind kind() {
    return kind;
  }
}
