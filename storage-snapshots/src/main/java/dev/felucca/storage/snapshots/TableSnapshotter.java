package dev.felucca.storage.snapshots;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;
import static dev.felucca.kernel.storage.SnapshotInfo.Kind.ACTIVE;
import static dev.felucca.kernel.storage.SnapshotInfo.Kind.COMMITTED;
import static dev.felucca.kernel.storage.SnapshotInfo.Kind.VIEW;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.storage.SnapshotInfo;
import dev.felucca.kernel.storage.Snapshotter;
import dev.felucca.kernel.storage.Usage;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.layer.Trees;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What drivers have in common that keep their snapshots in a {@link SnapshotTable}: everything but
 * what is in a snapshot and how it is shown. Thread-safe; the monitor is held while the table is
 * opened, and never over work in a snapshot.
 */
public abstract class TableSnapshotter implements Snapshotter {
  protected final Syscalls linux;
  protected final Path root;
  protected final Trees trees;
  protected final SizeLimits limits;
  private final DiskSync disk;

  /** Of committed snapshots, which never change, by {@link SnapshotRow#id}. */
  private final Map<Long, Usage> usages = new ConcurrentHashMap<>();

  private @Nullable SnapshotTable table;

  /** Never throws: a root that cannot be used is an answer ({@link #unusable}). */
  protected TableSnapshotter(Syscalls linux, Path root) {
    this.linux = linux;
    this.root = root.toAbsolutePath();
    this.trees = new Trees(linux);
    this.limits = new SizeLimits(linux);
    this.disk = new DiskSync(() -> trees.syncfs(this.root));
  }

  /** The root that is configured, or else this folder of the data root, or of the usual one. */
  protected static Path root(@Nullable String dataRoot, String configured, String folder) {
    return configured.isEmpty()
        ? Path.of(dataRoot == null ? "/var/lib/felucca" : dataRoot, folder)
        : Path.of(configured);
  }

  /** The table; UNAVAILABLE, with the reason, where the driver cannot work. */
  protected abstract SnapshotTable usable() throws IOException;

  /** Makes what is in a new snapshot that is to be written to. */
  protected abstract void fill(SnapshotTable snapshots, Path directory, @Nullable String parent)
      throws IOException;

  /** What a snapshot that is no view takes besides its parents. */
  protected abstract Trees.Size size(SnapshotTable snapshots, SnapshotRow row) throws IOException;

  /** Opened once; tried again after a failure. */
  protected final synchronized SnapshotTable table() throws IOException {
    SnapshotTable open = table;
    if (open == null) {
      open = SnapshotTable.open(root, limits::remove);
      table = open;
    }
    return open;
  }

  /** The snapshot, which may be written to; CONFLICT for another. */
  protected static SnapshotRow active(SnapshotTable snapshots, String key) {
    SnapshotRow row = snapshots.row(key);
    if (row.info().kind() != ACTIVE) {
      throw new EngineException(CONFLICT, "snapshot " + key + " is not active");
    }
    return row;
  }

  protected static EngineException otherParent(
      String key, @Nullable String preparedOn, @Nullable String parent) {
    return new EngineException(
        CONFLICT, "snapshot " + key + " was prepared on " + preparedOn + ", not on " + parent);
  }

  @Override
  public final SnapshotInfo prepare(String key, @Nullable String parent) throws IOException {
    return prepare(key, parent, (directory, json) -> {});
  }

  @Override
  public final SnapshotInfo prepare(String key, @Nullable String parent, long bytes)
      throws IOException {
    return prepare(key, parent, (directory, json) -> limits.limit(directory, bytes, json));
  }

  private SnapshotInfo prepare(String key, @Nullable String parent, SnapshotTable.Content first)
      throws IOException {
    SnapshotTable snapshots = usable();
    return snapshots
        .create(
            key,
            parent,
            ACTIVE,
            (directory, json) -> {
              first.make(directory, json);
              fill(snapshots, directory, parent);
            })
        .info();
  }

  @Override
  public final SnapshotInfo view(String key, String parent) throws IOException {
    return usable().create(key, parent, VIEW, (directory, json) -> {}).info();
  }

  @Override
  public final void settle() throws IOException {
    Settlement.settle(usable(), disk);
  }

  @Override
  public final void remove(String key) throws IOException {
    SnapshotTable snapshots = usable();
    long id = snapshots.row(key).id();
    snapshots.remove(key);
    usages.remove(id);
  }

  @Override
  public final Optional<SnapshotInfo> stat(String key) throws IOException {
    return usable().find(key).map(SnapshotRow::info);
  }

  @Override
  public final void walk(Consumer<SnapshotInfo> visitor) throws IOException {
    usable().all().forEach(row -> visitor.accept(row.info()));
  }

  @Override
  public final Usage usage(String key) throws IOException {
    SnapshotTable snapshots = usable();
    SnapshotRow row = snapshots.row(key);
    if (row.info().kind() == VIEW) {
      return new Usage(0, 0);
    }
    Usage known = usages.get(row.id());
    if (known == null) {
      Trees.Size size = size(snapshots, row);
      known = new Usage(size.bytes(), size.inodes());
      if (row.info().kind() == COMMITTED) {
        usages.put(row.id(), known);
      }
    }
    return known;
  }
}
