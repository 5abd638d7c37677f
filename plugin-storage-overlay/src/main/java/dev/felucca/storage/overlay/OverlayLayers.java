package dev.felucca.storage.overlay;

import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.kernel.storage.SnapshotInfo.Kind.ACTIVE;
import static dev.felucca.kernel.storage.SnapshotInfo.Kind.COMMITTED;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.storage.Mount;
import dev.felucca.storage.snapshots.SnapshotRow;
import dev.felucca.storage.snapshots.SnapshotTable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Which directories a snapshot is mounted from, and with which words.
 *
 * <p>The words are said even where they are the kernel's defaults, as a distribution may have set
 * module parameters: {@code index=off}, as one lower layer is under many mounts at once; {@code
 * metacopy=off} and {@code redirect_dir=nofollow}, as a layer is read from the upper directory
 * alone, which must hold whole files and whole directories, and as no layer may point into others.
 * {@code xino} is left alone: all layers are on one file system, whose inode numbers overlay then
 * passes on.
 */
final class OverlayLayers {
  static final String FILES = "fs";
  static final String WORK = "work";
  static final String OPAQUE_ROOT = "opaqueRoot";
  private static final int PAGE = 4096;
  private static final List<String> WORDS =
      List.of("index=off", "metacopy=off", "redirect_dir=nofollow");

  private final SnapshotTable table;

  OverlayLayers(SnapshotTable table) {
    this.table = table;
  }

  Path files(SnapshotRow row) {
    return table.directory(row).resolve(FILES);
  }

  /** What the snapshot stands on, the uppermost first, as far as it is to be seen. */
  List<SnapshotRow> below(SnapshotRow row) {
    String parent = row.info().parent();
    return opaque(row) || parent == null ? List.of() : from(table.row(parent));
  }

  /** The snapshot itself and what it stands on. */
  List<SnapshotRow> from(SnapshotRow row) {
    List<SnapshotRow> layers = new ArrayList<>();
    for (SnapshotRow layer : table.chain(row.info().key())) {
      layers.add(layer);
      if (opaque(layer)) {
        break;
      }
    }
    return layers;
  }

  List<Path> paths(List<SnapshotRow> layers) {
    return layers.stream().map(this::files).toList();
  }

  List<Mount> mounts(SnapshotRow row) {
    List<SnapshotRow> lowers = below(row);
    boolean writable = row.info().kind() == ACTIVE;
    if (writable && lowers.isEmpty()) {
      return List.of(Mount.bind(files(row), false));
    }
    if (row.info().kind() == COMMITTED) {
      lowers = from(row);
    }
    List<String> names = new ArrayList<>(lowers.stream().map(this::shortName).toList());
    if (!writable && lowers.size() == 1) {
      if (row.info().kind() == COMMITTED) {
        return List.of(Mount.bind(files(lowers.get(0)), true));
      }
      // With the view's own directory, which is empty, below it: a bind could be made writable in a
      // container, an overlay without an upper directory can't.
      names.add(row.directory());
    }
    List<String> options = new ArrayList<>(WORDS);
    if (!writable) {
      options.add("ro");
    }
    options.add("lowerdir=" + String.join(":", names));
    if (writable) {
      options.add("upperdir=" + shortName(row));
      options.add("workdir=" + row.directory() + "/" + WORK);
    }
    if (String.join(",", options).length() >= PAGE) {
      throw new EngineException(
          INVALID, "snapshot " + row.info().key() + " has too many layers: " + lowers.size());
    }
    return List.of(new Mount("overlay", "overlay", options, table.root()));
  }

  private String shortName(SnapshotRow row) {
    return row.directory() + "/" + FILES;
  }

  private static boolean opaque(SnapshotRow row) {
    return row.json().path(OPAQUE_ROOT).asBoolean();
  }
}
