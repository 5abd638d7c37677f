package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.MountPoint;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The mounts a container takes over from others ({@code --volumes-from}), running or not. */
final class VolumesFrom {
  private VolumesFrom() {}

  /**
   * Of two containers that mount something at the same place, the later counts.
   *
   * @param asked {@code CONTAINER[:ro|rw]}
   */
  static Collection<MountPoint> collect(ContainerIndex index, List<String> asked) {
    Map<String, MountPoint> byTarget = new LinkedHashMap<>();
    for (String text : asked) {
      int colon = text.indexOf(':');
      String ref = colon < 0 ? text : text.substring(0, colon);
      boolean writable = colon < 0 || writable(text, text.substring(colon + 1));
      for (MountPoint mount : index.named(ref).record().mounts()) {
        if (!mount.type().equals("tmpfs")) {
          byTarget.put(mount.destination(), writable ? mount : mount.readOnly());
        }
      }
    }
    return byTarget.values();
  }

  private static boolean writable(String text, String mode) {
    boolean writable = true;
    for (String word : mode.split(",", -1)) {
      switch (word) {
        case "ro" -> writable = false;
        case "rw", "z", "Z" -> {}
        default ->
            throw new EngineException(
                INVALID, "invalid mode for volumes-from: " + mode + " in '" + text + "'");
      }
    }
    return writable;
  }
}
