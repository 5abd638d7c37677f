package dev.felucca.tck.fake;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.storage.Mount;
import dev.felucca.kernel.storage.SnapshotInfo;
import dev.felucca.kernel.storage.Snapshotter;
import dev.felucca.kernel.storage.Usage;
import java.io.IOException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Snapshots without content. */
public final class FakeSnapshotter implements Snapshotter {
  private final String name;
  private final Trouble trouble = new Trouble();
  private final Map<String, SnapshotInfo> snapshots = new LinkedHashMap<>();
  private final Map<String, Long> limits = new ConcurrentHashMap<>();

  public FakeSnapshotter(String name) {
    this.name = name;
  }

  public Trouble trouble() {
    return trouble;
  }

  public synchronized List<String> keys() {
    return List.copyOf(snapshots.keySet());
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public SnapshotInfo prepare(String key, @Nullable String parent) throws IOException {
    trouble.enter("prepare");
    return make(key, parent, SnapshotInfo.Kind.ACTIVE);
  }

  @Override
  public SnapshotInfo prepare(String key, @Nullable String parent, long bytes) throws IOException {
    SnapshotInfo made = prepare(key, parent);
    limits.put(key, bytes);
    return made;
  }

  /** What each snapshot that was prepared with a limit may take. */
  public Map<String, Long> limits() {
    return Map.copyOf(limits);
  }

  @Override
  public SnapshotInfo view(String key, String parent) throws IOException {
    trouble.enter("view");
    return make(key, parent, SnapshotInfo.Kind.VIEW);
  }

  private synchronized SnapshotInfo make(
      String key, @Nullable String parent, SnapshotInfo.Kind kind) {
    if (snapshots.containsKey(key)) {
      throw new EngineException(CONFLICT, "snapshot " + key + " is there already");
    }
    SnapshotInfo made = new SnapshotInfo(key, parent, kind, Instant.now());
    snapshots.put(key, made);
    return made;
  }

  private synchronized SnapshotInfo get(String key) {
    SnapshotInfo found = snapshots.get(key);
    if (found == null) {
      throw new EngineException(NOT_FOUND, "no snapshot " + key);
    }
    return found;
  }

  @Override
  public List<Mount> mounts(String key) throws IOException {
    trouble.enter("mounts");
    if (!key.startsWith("image-")) {
      get(key); // layers of images are there without anybody's making them
    }
    return List.of(new Mount("bind", "/fake/" + key, List.of("rbind"), null));
  }

  @Override
  public synchronized void commit(String committed, String key, @Nullable String parent)
      throws IOException {
    trouble.enter("commit");
    get(key);
    make(committed, parent, SnapshotInfo.Kind.COMMITTED);
    snapshots.remove(key);
  }

  @Override
  public void settle() {}

  @Override
  public boolean rebases() {
    return true;
  }

  @Override
  public void remove(String key) throws IOException {
    trouble.enter("remove");
    synchronized (this) {
      get(key);
      snapshots.remove(key);
    }
  }

  @Override
  public synchronized Optional<SnapshotInfo> stat(String key) {
    return Optional.ofNullable(snapshots.get(key));
  }

  @Override
  public Usage usage(String key) throws IOException {
    trouble.enter("usage");
    get(key);
    return new Usage(0, 0);
  }

  @Override
  public void walk(Consumer<SnapshotInfo> visitor) throws IOException {
    trouble.enter("walk");
    List<SnapshotInfo> all;
    synchronized (this) {
      all = List.copyOf(snapshots.values());
    }
    all.forEach(visitor);
  }
}
