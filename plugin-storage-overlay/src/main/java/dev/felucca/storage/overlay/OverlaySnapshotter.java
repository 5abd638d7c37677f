package dev.felucca.storage.overlay;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;
import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.kernel.EngineException.Kind.UNAVAILABLE;
import static dev.felucca.kernel.storage.SnapshotInfo.Kind.ACTIVE;
import static dev.felucca.kernel.storage.SnapshotInfo.Kind.COMMITTED;
import static dev.felucca.kernel.storage.SnapshotInfo.Kind.VIEW;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.storage.Applied;
import dev.felucca.kernel.storage.Change;
import dev.felucca.kernel.storage.LayerDiffer;
import dev.felucca.kernel.storage.Mount;
import dev.felucca.kernel.storage.SnapshotInfo;
import dev.felucca.kernel.storage.Snapshotter;
import dev.felucca.kernel.storage.Usage;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.layer.AppliedLayer;
import dev.felucca.linux.layer.InvalidLayerException;
import dev.felucca.linux.layer.LayerApplier;
import dev.felucca.linux.layer.Trees;
import dev.felucca.linux.layer.Whiteouts;
import dev.felucca.storage.snapshots.ChangePaths;
import dev.felucca.storage.snapshots.DiskSync;
import dev.felucca.storage.snapshots.Settlement;
import dev.felucca.storage.snapshots.SizeLimits;
import dev.felucca.storage.snapshots.SnapshotRow;
import dev.felucca.storage.snapshots.SnapshotTable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.Designate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Snapshots by overlayfs: each is one directory, {@code fs}, that a mount shows on top of those of
 * its parents. Layers are unpacked by themselves, side by side, and put on their parents at commit.
 */
@Component(
    service = {Snapshotter.class, LayerDiffer.class},
    configurationPid = "dev.felucca.storage.overlay")
@Designate(ocd = OverlayConfig.class)
public final class OverlaySnapshotter implements Snapshotter, LayerDiffer {
  private static final Logger LOG = LoggerFactory.getLogger(OverlaySnapshotter.class);

  private final Syscalls linux;
  private final Path root;
  private final Trees trees;
  private final DiskSync disk;
  private final SizeLimits limits;
  private final Map<Long, Usage> usages = new ConcurrentHashMap<>();
  private volatile @Nullable SnapshotTable table;
  private volatile @Nullable Optional<String> refusal;

  @Activate
  public OverlaySnapshotter(
      @Reference Syscalls linux, BundleContext framework, OverlayConfig config) {
    this(linux, root(framework.getProperty("felucca.data-root"), config.root()));
  }

  /** Never throws: a host that cannot do overlay is an answer ({@link #unusable}). */
  public OverlaySnapshotter(Syscalls linux, Path root) {
    this.linux = linux;
    this.root = root.toAbsolutePath();
    this.trees = new Trees(linux);
    this.limits = new SizeLimits(linux);
    this.disk = new DiskSync(() -> trees.syncfs(this.root));
  }

  private static Path root(@Nullable String dataRoot, String configured) {
    return configured.isEmpty()
        ? Path.of(dataRoot == null ? "/var/lib/felucca" : dataRoot, "overlay")
        : Path.of(configured);
  }

  @Override
  public String name() {
    return "overlay";
  }

  @Override
  public synchronized Optional<String> unusable() {
    Optional<String> known = refusal;
    if (known == null) {
      try {
        table();
      } catch (IOException e) {
        known = Optional.of("directory " + root + " cannot be used: " + e.getMessage());
        refusal = known;
        return known;
      }
      try {
        known = Optional.ofNullable(OverlayProbe.refusal(linux, root));
        refusal = known;
      } catch (IOException e) {
        // Nothing is known against it: what is there must go on, and what makes room, too. Asked
        // again at the next call.
        LOG.debug("whether overlay works on {} cannot be tried now", root, e);
        known = Optional.empty();
      }
    }
    return known;
  }

  @Override
  public Map<String, String> status() {
    try {
      return Map.of("Root", root.toString(), "Backing Filesystem", Files.getFileStore(root).type());
    } catch (IOException e) {
      return Map.of("Root", root.toString());
    }
  }

  @Override
  public boolean rebases() {
    return true;
  }

  @Override
  public SnapshotInfo prepare(String key, @Nullable String parent) throws IOException {
    return prepare(key, parent, (directory, json) -> {});
  }

  @Override
  public SnapshotInfo prepare(String key, @Nullable String parent, long bytes) throws IOException {
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
              Path files = Files.createDirectory(directory.resolve(OverlayLayers.FILES));
              RootOwner.of(parent == null ? null : snapshots.row(parent)).apply(linux, files);
              Files.createDirectory(directory.resolve(OverlayLayers.WORK));
            })
        .info();
  }

  @Override
  public SnapshotInfo view(String key, String parent) throws IOException {
    return usable().create(key, parent, VIEW, (directory, json) -> {}).info();
  }

  @Override
  public List<Mount> mounts(String key) throws IOException {
    SnapshotTable snapshots = usable();
    return new OverlayLayers(snapshots).mounts(snapshots.row(key));
  }

  @Override
  public void commit(String name, String key, @Nullable String parent) throws IOException {
    SnapshotTable snapshots = usable();
    String preparedOn = snapshots.row(key).info().parent();
    if (preparedOn != null && !preparedOn.equals(parent)) {
      throw new EngineException(
          CONFLICT, "snapshot " + key + " was prepared on " + preparedOn + ", not on " + parent);
    }
    snapshots.commit(
        name,
        key,
        parent,
        (directory, json) -> {
          Path files = directory.resolve(OverlayLayers.FILES);
          OverlayLayers layers = new OverlayLayers(snapshots);
          boolean opaque = json.path(OverlayLayers.OPAQUE_ROOT).asBoolean();
          if (preparedOn == null && parent != null && !opaque) {
            settle(
                files,
                layers.paths(layers.from(snapshots.row(parent))),
                Unsettled.implied(json),
                Unsettled.links(json));
          } else if (preparedOn == null) {
            settle(files, List.of(), List.of(), Unsettled.links(json));
          }
          Unsettled.clear(json);
          RootOwner.record(trees.stat(files), json);
          limits.lift(directory, json);
          trees.remove(directory.resolve(OverlayLayers.WORK));
        });
  }

  @Override
  public void settle() throws IOException {
    Settlement.settle(usable(), disk);
  }

  @Override
  public void remove(String key) throws IOException {
    SnapshotTable snapshots = usable();
    long id = snapshots.row(key).id();
    snapshots.remove(key);
    usages.remove(id);
  }

  @Override
  public Optional<SnapshotInfo> stat(String key) throws IOException {
    return usable().find(key).map(SnapshotRow::info);
  }

  @Override
  public Usage usage(String key) throws IOException {
    SnapshotTable snapshots = usable();
    SnapshotRow row = snapshots.row(key);
    if (row.info().kind() == VIEW) {
      return new Usage(0, 0);
    }
    Usage known = usages.get(row.id());
    if (known == null) {
      Trees.Size size = trees.size(new OverlayLayers(snapshots).files(row));
      known = new Usage(size.bytes(), size.inodes());
      if (row.info().kind() == COMMITTED) {
        usages.put(row.id(), known);
      }
    }
    return known;
  }

  @Override
  public void walk(Consumer<SnapshotInfo> visitor) throws IOException {
    usable().all().forEach(row -> visitor.accept(row.info()));
  }

  @Override
  public Applied apply(String key, InputStream tar) throws IOException {
    SnapshotTable snapshots = usable();
    SnapshotRow row = snapshots.row(key);
    if (row.info().kind() != ACTIVE) {
      throw new EngineException(CONFLICT, "snapshot " + key + " is not active");
    }
    OverlayLayers layers = new OverlayLayers(snapshots);
    Path files = layers.files(row);
    try {
      AppliedLayer applied = LayerApplier.apply(linux, files, tar, Whiteouts.KEPT);
      ObjectNode json = row.json().deepCopy();
      if (applied.opaqueRoot()) {
        json.put(OverlayLayers.OPAQUE_ROOT, true);
      }
      if (row.info().parent() == null) {
        Unsettled.add(json, applied);
      } else if (!applied.opaqueRoot()) {
        settle(files, layers.paths(layers.below(row)), applied.implied(), applied.links());
      }
      snapshots.update(row, json);
      return new Applied(applied.bytes(), applied.entries());
    } catch (InvalidLayerException e) {
      throw new EngineException(INVALID, e.getMessage(), e);
    }
  }

  private void settle(
      Path files, List<Path> lowers, List<String> implied, List<AppliedLayer.PendingLink> links)
      throws IOException {
    try {
      trees.settle(files, lowers, implied, links);
    } catch (InvalidLayerException e) {
      throw new EngineException(INVALID, e.getMessage(), e);
    }
  }

  @Override
  public void diff(String key, Set<String> without, OutputStream tar) throws IOException {
    SnapshotTable snapshots = usable();
    SnapshotRow row = snapshots.row(key);
    // A view has no upper directory: it differs from its parent in nothing.
    Path none = table().directory(row);
    trees.writeOverlay(
        row.info().kind() == VIEW ? none : new OverlayLayers(snapshots).files(row), without, tar);
  }

  @Override
  public void export(String key, OutputStream tar) throws IOException {
    SnapshotTable snapshots = usable();
    OverlayLayers layers = new OverlayLayers(snapshots);
    SnapshotRow row = snapshots.row(key);
    // A view has no files of its own.
    trees.writeMerged(
        layers.paths(row.info().kind() == VIEW ? layers.below(row) : layers.from(row)), tar);
  }

  @Override
  public List<Change> changes(String key) throws IOException {
    SnapshotTable snapshots = usable();
    SnapshotRow row = snapshots.row(key);
    if (row.info().kind() == VIEW) {
      return List.of();
    }
    OverlayLayers layers = new OverlayLayers(snapshots);
    return ChangePaths.of(trees.changesOverlay(layers.files(row), layers.paths(layers.below(row))));
  }

  private SnapshotTable usable() throws IOException {
    Optional<String> known = refusal;
    Optional<String> reason = known == null ? unusable() : known;
    if (reason.isPresent()) {
      throw new EngineException(UNAVAILABLE, "storage driver overlay: " + reason.get());
    }
    return table();
  }

  private synchronized SnapshotTable table() throws IOException {
    SnapshotTable open = table;
    if (open == null) {
      open = SnapshotTable.open(root, limits::remove);
      table = open;
    }
    return open;
  }
}
