package dev.felucca.storage.overlay;

import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.kernel.EngineException.Kind.UNAVAILABLE;
import static dev.felucca.kernel.storage.SnapshotInfo.Kind.VIEW;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.storage.Applied;
import dev.felucca.kernel.storage.Change;
import dev.felucca.kernel.storage.LayerDiffer;
import dev.felucca.kernel.storage.Mount;
import dev.felucca.kernel.storage.Snapshotter;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.layer.AppliedLayer;
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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
public final class OverlaySnapshotter extends TableSnapshotter implements LayerDiffer {
  private static final Logger LOG = LoggerFactory.getLogger(OverlaySnapshotter.class);

  private volatile @Nullable Optional<String> refusal;

  @Activate
  public OverlaySnapshotter(
      @Reference Syscalls linux, BundleContext framework, OverlayConfig config) {
    this(linux, root(framework.getProperty("felucca.data-root"), config.root(), "overlay"));
  }

  /** Never throws: a host that cannot do overlay is an answer ({@link #unusable}). */
  public OverlaySnapshotter(Syscalls linux, Path root) {
    super(linux, root);
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
  protected void fill(SnapshotTable snapshots, Path directory, @Nullable String parent)
      throws IOException {
    Path files = Files.createDirectory(directory.resolve(OverlayLayers.FILES));
    RootOwner.of(parent == null ? null : snapshots.row(parent)).apply(linux, files);
    Files.createDirectory(directory.resolve(OverlayLayers.WORK));
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
      throw otherParent(key, preparedOn, parent);
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
  protected Trees.Size size(SnapshotTable snapshots, SnapshotRow row) throws IOException {
    return trees.size(new OverlayLayers(snapshots).files(row));
  }

  @Override
  public Applied apply(String key, InputStream tar) throws IOException {
    SnapshotTable snapshots = usable();
    SnapshotRow row = active(snapshots, key);
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

  @Override
  protected SnapshotTable usable() throws IOException {
    Optional<String> known = refusal;
    Optional<String> reason = known == null ? unusable() : known;
    if (reason.isPresent()) {
      throw new EngineException(UNAVAILABLE, "storage driver overlay: " + reason.get());
    }
    return table();
  }
}
