package dev.felucca.kernel.storage;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.Driver;
import dev.felucca.kernel.EngineException;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps file trees that stand on one another. A snapshot is prepared, filled, and committed; a
 * committed one may be the parent of others. It returns mounts and never mounts anything in the
 * engine's own mount namespace itself.
 *
 * <p>Keys are the caller's: 1 to 200 characters of {@code [A-Za-z0-9._:-]}, not {@code .} or {@code
 * ..}; others are INVALID. Active and committed snapshots share one space of keys. Every method
 * survives a crash at any point: after a restart a snapshot is there as a whole or not at all, and
 * what is not is swept when the driver starts.
 *
 * <p>Refusals: NOT_FOUND for a key or parent that is not there; CONFLICT for a key that is taken, a
 * parent that isn't committed, and the removal of a snapshot that has children (their number is in
 * the message).
 */
public interface Snapshotter extends Driver {
  /**
   * Makes a writable snapshot on {@code parent}, or on nothing. Cheap where the driver can: no
   * content is copied. It outlasts the engine; a power cut right after may undo it, as it may undo
   * what is written into it: nothing waits for the disk on the way to a container's start.
   */
  SnapshotInfo prepare(String key, @Nullable String parent) throws IOException;

  /**
   * As {@link #prepare(String, String)} with a limit: who writes more than that into the snapshot
   * is told that the disk is full, and nobody else is. What a driver copies from the parent counts.
   * INVALID, with the reason, where the driver or its file system cannot limit.
   */
  default SnapshotInfo prepare(String key, @Nullable String parent, long bytes) throws IOException {
    throw new EngineException(INVALID, "storage driver " + name() + " cannot limit sizes");
  }

  /** Makes a read-only view of {@code parent}; it is never committed. */
  SnapshotInfo view(String key, String parent) throws IOException;

  /**
   * How to see the snapshot: mounts to be made in order on the same target; the first is the root
   * itself. Read-only for a view, and for a committed snapshot, which may be looked at as it is.
   */
  List<Mount> mounts(String key) throws IOException;

  /**
   * Freezes active snapshot {@code key} under the name {@code name}; {@code key} ends. Whatever
   * ends the engine before {@link #settle} was called may undo it, as a whole. CONFLICT when {@code
   * name} is there already (the caller drops its own), when {@code key} is not active, and for
   * another parent than it may have. INVALID when a layer unpacked on nothing has a hard link whose
   * target is in no layer below.
   *
   * @param parent the parent the committed snapshot is to have: the one it was prepared on, or,
   *     where {@link #rebases}, any committed snapshot when it was prepared on nothing
   */
  void commit(String name, String key, @Nullable String parent) throws IOException;

  /**
   * Returns when every commit before it lasts, content and name. Free when there was none since the
   * last time: callers that need a lasting parent just call it.
   */
  void settle() throws IOException;

  /** True when layers can be unpacked side by side and put on their parents at commit. */
  boolean rebases();

  /** Removes it, its content included; a key that is not there is NOT_FOUND. */
  void remove(String key) throws IOException;

  /** What it is, or empty when it is not there. */
  Optional<SnapshotInfo> stat(String key) throws IOException;

  /** What the snapshot takes by itself; walks the tree where nothing cheaper is known. */
  Usage usage(String key) throws IOException;

  /** Every snapshot, parents before children. */
  void walk(Consumer<SnapshotInfo> visitor) throws IOException;
}
