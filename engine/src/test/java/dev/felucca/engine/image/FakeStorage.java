package dev.felucca.engine.image;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;

import dev.felucca.kernel.Digest;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.storage.Applied;
import dev.felucca.kernel.storage.Change;
import dev.felucca.kernel.storage.LayerDiffer;
import dev.felucca.kernel.storage.Mount;
import dev.felucca.kernel.storage.SnapshotInfo;
import dev.felucca.kernel.storage.SnapshotInfo.Kind;
import dev.felucca.kernel.storage.Snapshotter;
import dev.felucca.kernel.storage.Usage;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Snapshots in memory that remember the digest of the tar each was filled from. */
final class FakeStorage implements Snapshotter, LayerDiffer {
  private final String name;
  private final boolean rebases;
  private final Map<String, SnapshotInfo> snapshots = new LinkedHashMap<>();
  private final Map<String, Digest> contents = new HashMap<>();
  final AtomicInteger applied = new AtomicInteger();
  volatile @Nullable IOException broken;

  /** What makes {@link #settle} fail. */
  volatile @Nullable IOException unsettling;

  private final Map<String, SnapshotInfo> unsettled = new LinkedHashMap<>();

  FakeStorage(String name, boolean rebases) {
    this.name = name;
    this.rebases = rebases;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public synchronized SnapshotInfo prepare(String key, @Nullable String parent) {
    return make(key, parent, Kind.ACTIVE);
  }

  @Override
  public synchronized SnapshotInfo view(String key, String parent) {
    return make(key, parent, Kind.VIEW);
  }

  private SnapshotInfo make(String key, @Nullable String parent, Kind kind) {
    if (snapshots.containsKey(key)) {
      throw new EngineException(CONFLICT, key + " is there");
    }
    if (parent != null) {
      need(parent, Kind.COMMITTED);
    }
    SnapshotInfo info = new SnapshotInfo(key, parent, kind, Instant.now());
    snapshots.put(key, info);
    return info;
  }

  private SnapshotInfo need(String key, Kind kind) {
    SnapshotInfo info = snapshots.get(key);
    if (info == null) {
      throw new EngineException(NOT_FOUND, key + " is not there");
    }
    if (info.kind() != kind) {
      throw new EngineException(CONFLICT, key + " is " + info.kind());
    }
    return info;
  }

  @Override
  public List<Mount> mounts(String key) {
    return List.of();
  }

  @Override
  public synchronized void commit(String as, String key, @Nullable String parent) {
    SnapshotInfo info = need(key, Kind.ACTIVE);
    if (snapshots.containsKey(as)) {
      throw new EngineException(CONFLICT, as + " is there");
    }
    if (parent != null) {
      need(parent, Kind.COMMITTED);
    }
    if (!Objects.equals(info.parent(), parent) && !(rebases && info.parent() == null)) {
      throw new EngineException(CONFLICT, "cannot rebase");
    }
    snapshots.remove(key);
    snapshots.put(as, new SnapshotInfo(as, parent, Kind.COMMITTED, Instant.now()));
    unsettled.put(as, info);
    Digest content = contents.remove(key);
    if (content != null) {
      contents.put(as, content);
    }
  }

  @Override
  public synchronized void settle() throws IOException {
    IOException trouble = unsettling;
    if (trouble != null) {
      throw trouble;
    }
    unsettled.clear();
  }

  /** What the end of an engine does to commits that were not settled. */
  synchronized void end() {
    unsettled.forEach(
        (name, before) -> {
          snapshots.remove(name);
          snapshots.put(before.key(), before);
        });
    unsettled.clear();
  }

  @Override
  public boolean rebases() {
    return rebases;
  }

  @Override
  public synchronized void remove(String key) {
    if (!snapshots.containsKey(key)) {
      throw new EngineException(NOT_FOUND, key + " is not there");
    }
    long children = snapshots.values().stream().filter(s -> key.equals(s.parent())).count();
    if (children > 0) {
      throw new EngineException(CONFLICT, key + " has " + children + " children");
    }
    snapshots.remove(key);
    unsettled.remove(key);
    contents.remove(key);
  }

  @Override
  public synchronized Optional<SnapshotInfo> stat(String key) {
    return Optional.ofNullable(snapshots.get(key));
  }

  @Override
  public Usage usage(String key) {
    return new Usage(4711, 1);
  }

  @Override
  public synchronized void walk(Consumer<SnapshotInfo> visitor) {
    new ArrayList<>(snapshots.values()).forEach(visitor);
  }

  synchronized List<String> keys() {
    return new ArrayList<>(snapshots.keySet());
  }

  synchronized @Nullable Digest content(String key) {
    return contents.get(key);
  }

  @Override
  public Applied apply(String key, InputStream tar) throws IOException {
    synchronized (this) {
      need(key, Kind.ACTIVE);
    }
    IOException trouble = broken;
    if (trouble != null) {
      throw trouble;
    }
    byte[] bytes = tar.readAllBytes();
    applied.incrementAndGet();
    synchronized (this) {
      contents.put(key, Digest.sha256(bytes));
    }
    return new Applied(bytes.length, 1);
  }

  @Override
  public void diff(String key, Set<String> without, OutputStream tar) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void export(String key, OutputStream tar) {
    throw new UnsupportedOperationException();
  }

  @Override
  public List<Change> changes(String key) {
    return List.of();
  }
}
