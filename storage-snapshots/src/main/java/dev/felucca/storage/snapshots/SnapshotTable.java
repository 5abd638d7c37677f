package dev.felucca.storage.snapshots;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;
import static dev.felucca.kernel.storage.SnapshotInfo.Kind.ACTIVE;
import static dev.felucca.kernel.storage.SnapshotInfo.Kind.COMMITTED;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.storage.SnapshotInfo;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The snapshots of one driver: what they are is in memory and in one file each, what is in them is
 * in a directory each, named by a number that is never used twice. A directory comes before its
 * file and goes after it, so a crash leaves directories without a file, which are swept at the next
 * start, and never a file without its directory.
 *
 * <p>What lasts: a committed snapshot, from the moment {@link #settle} returns, and the removal of
 * one. Until then its file says what it was before, so whatever ends the engine also undoes the
 * commit: layers that are committed one after the other wait for the disk together, once. Making
 * and removing an active snapshot survives the end of the engine at any instant, but a power cut
 * within seconds may undo it, as it may undo whatever the container wrote: waiting for the disk at
 * each start would buy nothing.
 *
 * <p>Thread-safe. The monitor is held over maps only, never over work on disk; whoever settles
 * waits for others who do.
 */
public final class SnapshotTable {
  private static final Logger LOG = LoggerFactory.getLogger(SnapshotTable.class);

  /** How the names of directories begin that a driver made to try something. */
  public static final String PROBE = "probe-";

  private final Path root;
  private final RowFiles files;
  private final Removal removal;
  private final Map<String, SnapshotRow> rows = new HashMap<>();
  private final Map<String, Integer> children = new HashMap<>();

  /** Keys that are being made, committed or removed. */
  private final Set<String> busy = new HashSet<>();

  /** Committed, and not yet so in their files. */
  private final Map<String, SnapshotRow> unsettled = new HashMap<>();

  private long last;

  /** Removes a tree, however hard; the directory may be gone already. */
  public interface Removal {
    void remove(Path tree) throws IOException;
  }

  /** Makes what is in a new snapshot. */
  public interface Content {
    /** Fills the new, empty directory. */
    void make(Path directory, ObjectNode json) throws IOException;
  }

  private SnapshotTable(Path root, Removal removal) {
    this.root = root;
    this.removal = removal;
    this.files = new RowFiles(root.resolve("snapshots"));
  }

  /** Opens the table below {@code root}, making it where there is none; rubbish is swept. */
  public static SnapshotTable open(Path root, Removal removal) throws IOException {
    SnapshotTable table = new SnapshotTable(root, removal);
    Files.createDirectories(root.resolve("snapshots"));
    Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwx------"));
    table.load();
    return table;
  }

  private void load() throws IOException {
    Set<String> known = new HashSet<>();
    for (SnapshotRow row : files.load()) {
      if (!Files.isDirectory(row.in(root))) {
        files.aside(files.file(row), "its directory is not there");
      } else if (rows.putIfAbsent(row.info().key(), row) != null) {
        files.aside(files.file(row), "its key is there twice");
      } else {
        known.add(row.directory());
        last = Math.max(last, row.id());
      }
    }
    rows.values().forEach(row -> adopt(row.info().parent()));
    List<Path> rubbish = new ArrayList<>();
    try (DirectoryStream<Path> directories = Files.newDirectoryStream(root)) {
      for (Path directory : directories) {
        String name = directory.getFileName().toString();
        if (name.startsWith(PROBE)) {
          rubbish.add(directory);
        } else if (name.matches("[0-9a-z]{1,12}")
            && !known.contains(name)
            && !name.equals("snapshots")) {
          last = Math.max(last, Long.parseLong(name, Character.MAX_RADIX));
          if (!files.damaged(name)) {
            rubbish.add(directory);
          }
        }
      }
    }
    for (Path directory : rubbish) {
      LOG.info("sweeping {}, left behind by a crash", directory);
      removal.remove(directory);
    }
  }

  public Path root() {
    return root;
  }

  /** The directory of a snapshot. */
  public Path directory(SnapshotRow row) {
    return row.in(root);
  }

  /** Makes a snapshot; on failure nothing of it is left. */
  public SnapshotRow create(
      String key, @Nullable String parent, SnapshotInfo.Kind kind, Content content)
      throws IOException {
    SnapshotKeys.check(key);
    long id;
    synchronized (this) {
      if (parent != null && committed(parent).info().kind() != COMMITTED) {
        throw new EngineException(CONFLICT, "parent " + parent + " is not committed");
      }
      reserve(key);
      adopt(parent);
      id = ++last;
    }
    SnapshotInfo info = new SnapshotInfo(key, parent, kind, Instant.now());
    SnapshotRow row = new SnapshotRow(id, info, RowFiles.describe(info, null));
    Path directory = row.in(root);
    try {
      Files.createDirectory(directory);
      content.make(directory, row.json());
      files.write(row, false);
    } catch (IOException | RuntimeException e) {
      undo(row, e);
      synchronized (this) {
        busy.remove(key);
        disown(parent);
      }
      throw e;
    }
    synchronized (this) {
      busy.remove(key);
      rows.put(key, row);
    }
    return row;
  }

  private void undo(SnapshotRow row, Exception reason) {
    try {
      files.delete(row, false);
      removal.remove(row.in(root));
    } catch (IOException e) {
      reason.addSuppressed(e);
    }
  }

  /**
   * Commits active {@code key} as {@code name}, for good once {@link #settle} was called. {@code
   * last} does what is left to do with its content; it may add to the row's fields.
   */
  public void commit(String name, String key, @Nullable String parent, Content last)
      throws IOException {
    SnapshotKeys.check(name);
    SnapshotRow row;
    synchronized (this) {
      row = row(key);
      if (row.info().kind() != ACTIVE) {
        throw new EngineException(CONFLICT, "snapshot " + key + " is not active");
      }
      if (parent != null && committed(parent).info().kind() != COMMITTED) {
        throw new EngineException(CONFLICT, "parent " + parent + " is not committed");
      }
      if (busy.contains(key)) {
        throw new EngineException(CONFLICT, "snapshot " + key + " is being committed or removed");
      }
      if (!name.equals(key)) {
        reserve(name);
      }
      busy.add(key);
      adopt(parent);
    }
    boolean done = false;
    try {
      SnapshotInfo info = new SnapshotInfo(name, parent, COMMITTED, row.info().created());
      SnapshotRow committed = new SnapshotRow(row.id(), info, RowFiles.describe(info, row.json()));
      last.make(row.in(root), committed.json());
      synchronized (this) {
        rows.remove(key);
        rows.put(name, committed);
        unsettled.put(name, committed);
        disown(row.info().parent());
        done = true;
      }
    } finally {
      synchronized (this) {
        busy.remove(name);
        busy.remove(key);
        if (!done) {
          disown(parent);
        }
      }
    }
  }

  /** Returns when every commit before this call lasts; {@code disk} waits for what was written. */
  public void settle(DiskSync disk) throws IOException {
    List<SnapshotRow> committed;
    synchronized (this) {
      if (unsettled.isEmpty()) {
        return;
      }
      committed = new ArrayList<>(unsettled.values());
    }
    disk.sync();
    // One at a time: whoever settles beside us writes the same files.
    synchronized (unsettled) {
      for (SnapshotRow row : committed) {
        files.write(row, false);
        if (removed(row)) {
          files.delete(row, false); // its removal has deleted the file before we wrote it
        }
      }
    }
    disk.sync();
    synchronized (this) {
      committed.forEach(row -> unsettled.remove(row.info().key(), row));
    }
  }

  private synchronized boolean removed(SnapshotRow row) {
    String key = row.info().key();
    return rows.get(key) != row || busy.contains(key);
  }

  /** Removes a snapshot and what is in it. */
  public void remove(String key) throws IOException {
    SnapshotRow row;
    synchronized (this) {
      row = row(key);
      int count = children.getOrDefault(key, 0);
      if (count > 0) {
        throw new EngineException(
            CONFLICT,
            "snapshot " + key + " still has " + count + (count == 1 ? " child" : " children"));
      }
      if (!busy.add(key)) {
        throw new EngineException(CONFLICT, "snapshot " + key + " is being committed or removed");
      }
    }
    boolean gone = false;
    try {
      // Before a byte of a layer goes its name must be gone for good: a power cut must not bring
      // the name back to half the content.
      files.delete(row, row.info().kind() == COMMITTED);
      gone = true;
    } finally {
      synchronized (this) {
        busy.remove(key);
        if (gone) {
          rows.remove(key);
          unsettled.remove(key);
          disown(row.info().parent());
        }
      }
    }
    try {
      removal.remove(row.in(root));
    } catch (IOException e) {
      throw new IOException(
          "snapshot " + key + " is removed, but not all of " + row.in(root) + ": " + e.getMessage(),
          e);
    }
  }

  /** The snapshot; NOT_FOUND when there is none. */
  public synchronized SnapshotRow row(String key) {
    SnapshotRow row = rows.get(SnapshotKeys.check(key));
    if (row == null) {
      throw new EngineException(NOT_FOUND, "no such snapshot: " + key);
    }
    return row;
  }

  public synchronized Optional<SnapshotRow> find(String key) {
    return Optional.ofNullable(rows.get(SnapshotKeys.check(key)));
  }

  /** The snapshot and all those below it, the uppermost first; empty for null. */
  public synchronized List<SnapshotRow> chain(@Nullable String key) {
    List<SnapshotRow> chain = new ArrayList<>();
    for (String at = key; at != null; ) {
      SnapshotRow row = row(at);
      chain.add(row);
      at = row.info().parent();
    }
    return chain;
  }

  /** Replaces the driver's own fields of an active snapshot; not durable by itself. */
  public void update(SnapshotRow row, ObjectNode json) throws IOException {
    SnapshotRow changed =
        new SnapshotRow(row.id(), row.info(), RowFiles.describe(row.info(), json));
    files.write(changed, false);
    synchronized (this) {
      rows.replace(row.info().key(), changed);
    }
  }

  /** Every snapshot as of now, parents before children. */
  public List<SnapshotRow> all() {
    List<SnapshotRow> sorted;
    Map<String, Integer> depths = new HashMap<>();
    synchronized (this) {
      sorted = new ArrayList<>(rows.values());
      for (SnapshotRow row : sorted) {
        depths.put(row.info().key(), depth(row));
      }
    }
    sorted.sort(
        Comparator.comparingInt((SnapshotRow row) -> depths.getOrDefault(row.info().key(), 0))
            .thenComparingLong(SnapshotRow::id));
    return sorted;
  }

  private int depth(SnapshotRow row) {
    int depth = 0;
    for (SnapshotRow at = row; at != null; depth++) {
      String parent = at.info().parent();
      at = parent == null ? null : rows.get(parent);
    }
    return depth;
  }

  private SnapshotRow committed(String parent) {
    SnapshotRow row = row(parent);
    if (busy.contains(parent)) {
      throw new EngineException(CONFLICT, "parent " + parent + " is being removed");
    }
    return row;
  }

  private void reserve(String key) {
    if (rows.containsKey(key) || !busy.add(key)) {
      throw new EngineException(CONFLICT, "snapshot " + key + " exists already");
    }
  }

  private void adopt(@Nullable String parent) {
    if (parent != null) {
      children.merge(parent, 1, Integer::sum);
    }
  }

  private void disown(@Nullable String parent) {
    if (parent != null) {
      children.computeIfPresent(parent, (key, count) -> count == 1 ? null : count - 1);
    }
  }
}
