package dev.felucca.storage.vfs;

import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.kernel.EngineException.Kind.UNAVAILABLE;
import static dev.felucca.kernel.storage.SnapshotInfo.Kind.ACTIVE;
import static dev.felucca.kernel.storage.SnapshotInfo.Kind.VIEW;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.storage.Applied;
import dev.felucca.kernel.storage.Change;
import dev.felucca.kernel.storage.LayerDiffer;
import dev.felucca.kernel.storage.Mount;
import dev.felucca.kernel.storage.Snapshotter;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.layer.AppliedLayer;
import dev.felucca.linux.layer.FileStat;
import dev.felucca.linux.layer.InvalidLayerException;
import dev.felucca.linux.layer.LayerApplier;
import dev.felucca.linux.layer.Trees;
import dev.felucca.linux.layer.Whiteouts;
import dev.felucca.storage.snapshots.ChangePaths;
import dev.felucca.storage.snapshots.SnapshotRow;
import dev.felucca.storage.snapshots.SnapshotTable;
import dev.felucca.storage.snapshots.TableSnapshotter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.Designate;

/**
 * Snapshots as full copies: each holds every file of its parents. Works wherever files can be kept,
 * and shares content where the file system can clone files.
 */
@Component(
    service = {Snapshotter.class, LayerDiffer.class},
    configurationPid = "dev.felucca.storage.vfs")
@Designate(ocd = VfsConfig.class)
public final class VfsSnapshotter extends TableSnapshotter implements LayerDiffer {
  private static final String FILES = "fs";

  /** Made when the copy was finished: what changed since has a later change time. */
  private static final String COPIED = "copied";

  @Activate
  public VfsSnapshotter(@Reference Syscalls linux, BundleContext framework, VfsConfig config) {
    this(linux, root(framework.getProperty("felucca.data-root"), config.root(), "vfs"));
  }

  /** Never throws: a root that cannot be used is an answer ({@link #unusable}). */
  public VfsSnapshotter(Syscalls linux, Path root) {
    super(linux, root);
  }

  @Override
  public String name() {
    return "vfs";
  }

  @Override
  public Optional<String> unusable() {
    try {
      table();
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of("directory " + root + " cannot be used: " + e.getMessage());
    }
  }

  @Override
  public Map<String, String> status() {
    return Map.of("Root", root.toString());
  }

  /** False: a layer can only be unpacked on top of a copy of its parent. */
  @Override
  public boolean rebases() {
    return false;
  }

  @Override
  protected void fill(SnapshotTable snapshots, Path directory, @Nullable String parent)
      throws IOException {
    Path files = Files.createDirectory(directory.resolve(FILES));
    if (parent == null) {
      Files.setPosixFilePermissions(files, PosixFilePermissions.fromString("rwxr-xr-x"));
    } else {
      trees.copy(files(snapshots, snapshots.row(parent)), files);
      Files.createDirectory(directory.resolve(COPIED));
    }
  }

  @Override
  public List<Mount> mounts(String key) throws IOException {
    SnapshotTable snapshots = usable();
    SnapshotRow row = snapshots.row(key);
    return List.of(Mount.bind(files(snapshots, row), row.info().kind() != ACTIVE));
  }

  @Override
  public void commit(String name, String key, @Nullable String parent) throws IOException {
    SnapshotTable snapshots = usable();
    String preparedOn = snapshots.row(key).info().parent();
    if (!Objects.equals(preparedOn, parent)) {
      throw otherParent(key, preparedOn, parent);
    }
    snapshots.commit(name, key, parent, limits::lift);
  }

  /** Its own difference, as with other drivers, and not the copy it is kept in. */
  @Override
  protected Trees.Size size(SnapshotTable snapshots, SnapshotRow row) throws IOException {
    return trees.sizeCompared(
        files(snapshots, row), parentFiles(snapshots, row), copied(snapshots, row));
  }

  @Override
  public Applied apply(String key, InputStream tar) throws IOException {
    SnapshotTable snapshots = usable();
    SnapshotRow row = active(snapshots, key);
    try {
      AppliedLayer applied =
          LayerApplier.apply(linux, files(snapshots, row), tar, Whiteouts.CARRIED_OUT);
      return new Applied(applied.bytes(), applied.entries());
    } catch (InvalidLayerException e) {
      throw new EngineException(INVALID, e.getMessage(), e);
    }
  }

  @Override
  public void diff(String key, Set<String> without, OutputStream tar) throws IOException {
    SnapshotTable snapshots = usable();
    SnapshotRow row = snapshots.row(key);
    trees.writeCompared(
        files(snapshots, row), parentFiles(snapshots, row), copied(snapshots, row), without, tar);
  }

  @Override
  public void export(String key, OutputStream tar) throws IOException {
    SnapshotTable snapshots = usable();
    trees.writeCompared(files(snapshots, snapshots.row(key)), null, null, Set.of(), tar);
  }

  @Override
  public List<Change> changes(String key) throws IOException {
    SnapshotTable snapshots = usable();
    SnapshotRow row = snapshots.row(key);
    return ChangePaths.of(
        trees.changesCompared(
            files(snapshots, row), parentFiles(snapshots, row), copied(snapshots, row)));
  }

  /** A view has no files of its own: it is never written to. */
  private static Path files(SnapshotTable snapshots, SnapshotRow row) {
    String parent = row.info().parent();
    SnapshotRow holder = row.info().kind() == VIEW && parent != null ? snapshots.row(parent) : row;
    return snapshots.directory(holder).resolve(FILES);
  }

  private static @Nullable Path parentFiles(SnapshotTable snapshots, SnapshotRow row) {
    String parent = row.info().parent();
    return parent == null ? null : files(snapshots, snapshots.row(parent));
  }

  private FileStat.@Nullable Time copied(SnapshotTable snapshots, SnapshotRow row)
      throws IOException {
    Path marker = snapshots.directory(row).resolve(COPIED);
    return Files.exists(marker) ? trees.stat(marker).changed() : null;
  }

  @Override
  protected SnapshotTable usable() {
    try {
      return table();
    } catch (IOException e) {
      throw new EngineException(
          UNAVAILABLE, "storage driver vfs: directory " + root + ": " + e.getMessage(), e);
    }
  }
}
