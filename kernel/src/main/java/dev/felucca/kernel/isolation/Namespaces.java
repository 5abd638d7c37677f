package dev.felucca.kernel.isolation;

import org.jspecify.annotations.Nullable;

/**
 * Where each namespace comes from. A path is a file under {@code /proc/PID/ns} to be joined.
 *
 * @param user a mapping for a new user namespace, or null to stay in the host's
 */
public record Namespaces(
    Source network, Source pid, Source ipc, Source uts, Source cgroup, @Nullable IdMapping user) {
  /** One namespace's origin. */
  public record Source(Kind kind, @Nullable String path) {
    public static final Source PRIVATE = new Source(Kind.PRIVATE, null);
    public static final Source HOST = new Source(Kind.HOST, null);

    public static Source of(String path) {
      return new Source(Kind.JOIN, path);
    }
  }

  /** How a namespace is come by. */
  public enum Kind {
    PRIVATE,
    HOST,
    JOIN
  }

  /** Docker's default container: everything its own. */
  public static Namespaces all() {
    return new Namespaces(
        Source.PRIVATE, Source.PRIVATE, Source.PRIVATE, Source.PRIVATE, Source.PRIVATE, null);
  }
}
