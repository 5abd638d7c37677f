package dev.felucca.kernel.isolation;

import org.jspecify.annotations.Nullable;

/**
 * Where each namespace comes from. A path is a file under {@code /proc/PID/ns} to be joined.
 *
 * @param user the user namespace that owns the others, or null to stay in the host's
 */
public record Namespaces(
    Source network,
    Source pid,
    Source ipc,
    Source uts,
    Source cgroup,
    @Nullable UserNamespace user) {
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

  /** The same with users of its own. */
  public Namespaces with(@Nullable UserNamespace other) {
    return new Namespaces(network, pid, ipc, uts, cgroup, other);
  }
}
