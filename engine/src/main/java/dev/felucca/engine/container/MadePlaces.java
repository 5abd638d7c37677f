package dev.felucca.engine.container;

import dev.felucca.kernel.container.ContainerDetails;
import dev.felucca.kernel.storage.Change;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What every container gets in its root: places for mounts, and marks that programs look for.
 * Docker keeps these in a layer of their own, below the container's, so that a difference does not
 * show them.
 */
final class MadePlaces {
  private static final Set<String> SYSTEM =
      Set.of("/dev", "/proc", "/sys", "/.dockerenv", "/etc/mtab");

  private MadePlaces() {}

  /** Those places, and directories that changed for them alone: no image is to hold them. */
  static Set<String> among(ContainerDetails details, List<Change> changes) {
    Set<Change> kept = new HashSet<>(without(details, changes));
    return changes.stream()
        .filter(change -> !kept.contains(change))
        .map(Change::path)
        .collect(Collectors.toSet());
  }

  /** The changes without those places, and without directories that changed for them alone. */
  static List<Change> without(ContainerDetails details, List<Change> changes) {
    Set<String> made = new HashSet<>(SYSTEM);
    RunFiles.mounts(details, details).forEach(mount -> made.add(mount.target()));
    Set<String> above = new HashSet<>();
    Set<String> others = new HashSet<>();
    for (Change change : changes) {
      boolean hidden = change.kind() == Change.Kind.ADDED && made.contains(change.path());
      for (Path up = Path.of(change.path()).getParent(); up != null; up = up.getParent()) {
        (hidden ? above : others).add(up.toString());
      }
    }
    return changes.stream()
        .filter(
            change ->
                switch (change.kind()) {
                  case ADDED -> !made.contains(change.path()) || others.contains(change.path());
                  case MODIFIED -> !above.contains(change.path()) || others.contains(change.path());
                  default -> true;
                })
        .toList();
  }
}
