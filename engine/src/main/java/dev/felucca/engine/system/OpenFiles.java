package dev.felucca.engine.system;

import java.util.List;
import java.util.Optional;

/** Whether the engine may have as many files open as many containers take. */
final class OpenFiles {
  private static final String LIMIT = "Max open files";

  /** A container on a network takes seventeen. */
  private static final long THOUSAND_CONTAINERS = 18_000;

  private OpenFiles() {}

  /**
   * @param limits the lines of {@code /proc/self/limits}; the soft limit, which the JVM raises to
   *     the hard one
   */
  static Optional<String> warning(List<String> limits) {
    return limits.stream()
        .filter(line -> line.startsWith(LIMIT))
        .map(line -> line.substring(LIMIT.length()).strip().split("\\s+")[0])
        .filter(limit -> !limit.equals("unlimited") && Long.parseLong(limit) < THOUSAND_CONTAINERS)
        .map(
            limit ->
                "WARNING: the engine may have %s files open (ulimit -n): a thousand containers take up to %d"
                    .formatted(limit, THOUSAND_CONTAINERS))
        .findFirst();
  }
}
