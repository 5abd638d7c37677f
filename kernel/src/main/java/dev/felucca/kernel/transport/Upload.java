package dev.felucca.kernel.transport;

import org.jspecify.annotations.Nullable;

/**
 * How a blob came to be in a repository.
 *
 * @param mountedFrom the path of the repository that had it, where the registry took it from there
 */
public record Upload(Kind kind, @Nullable String mountedFrom) {
  /** The ways. */
  public enum Kind {
    EXISTED,
    MOUNTED,
    SENT
  }
}
