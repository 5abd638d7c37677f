package dev.felucca.kernel.storage;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot as it stands.
 *
 * @param parent the committed snapshot it stands on, or null at the bottom
 */
public record SnapshotInfo(String key, @Nullable String parent, Kind kind, Instant created) {
  /** What may be done with one. */
  public enum Kind {
    /** Writable, not yet a parent of anything. */
    ACTIVE,
    /** A read-only look at its parent. */
    VIEW,
    /** Frozen; others may stand on it. */
    COMMITTED
  }
}
