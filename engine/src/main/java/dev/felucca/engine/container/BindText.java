package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.MountPoint;
import dev.felucca.kernel.volume.VolumeRequest;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** The short form {@code SOURCE:TARGET[:MODE]}, as {@code -v} has it. */
final class BindText {
  private final String text;
  private final String mode;
  private boolean writable = true;
  private boolean copy = true;
  private String propagation = "";

  private BindText(String text, String mode, boolean volume) {
    this.text = text;
    this.mode = mode;
    Set<String> kinds = new HashSet<>();
    for (String word : mode.isEmpty() ? new String[0] : mode.split(",", -1)) {
      String kind = kind(word, volume);
      if (!kinds.add(kind)) {
        throw invalidMode();
      }
    }
  }

  /** With colons: a target alone is an unnamed volume. */
  static PlannedMount parse(String text, String volumeDriver) {
    String[] parts = text.split(":", -1);
    if (parts.length > 3 || parts[0].isEmpty() || parts[1].isEmpty()) {
      throw new EngineException(INVALID, "invalid volume specification: '" + text + "'");
    }
    boolean volume = !parts[0].startsWith("/");
    BindText words = new BindText(text, parts.length == 3 ? parts[2] : "", volume);
    return volume
        ? words.volume(parts[0], parts[1], volumeDriver)
        : words.directory(parts[0], parts[1]);
  }

  /** What a word speaks of; of each only one may be said. */
  private String kind(String word, boolean volume) {
    switch (word) {
      case "ro" -> writable = false;
      case "rw" -> {}
      case "z", "Z" -> {
        return "label";
      }
      case "consistent", "cached", "delegated" -> {
        return "consistency";
      }
      case "nocopy" -> {
        copy = false;
        return "copy";
      }
      case "shared", "rshared", "slave", "rslave", "private", "rprivate" -> {
        if (volume) {
          throw invalidMode();
        }
        propagation = word;
        return "propagation";
      }
      default -> {
        if (volume || !BindOwners.is(word)) {
          throw invalidMode();
        }
        return "owners";
      }
    }
    return "access";
  }

  private EngineException invalidMode() {
    return new EngineException(INVALID, "invalid mode: " + mode);
  }

  private PlannedMount volume(String name, String target, String driver) {
    return PlannedMount.volume(
        new VolumeRequest(name, driver, Map.of(), Map.of()),
        new MountPoint(
            "volume",
            name,
            "",
            MountTarget.of(target, text),
            "",
            mode.isEmpty() ? MountPlan.NAMED : mode,
            writable,
            ""),
        copy);
  }

  private PlannedMount directory(String source, String target) {
    if (!copy) {
      throw invalidMode();
    }
    return PlannedMount.of(
        new MountPoint(
            "bind",
            "",
            MountTarget.clean(source),
            MountTarget.of(target, text),
            "",
            mode,
            writable,
            propagation.isEmpty() ? MountPlan.PROPAGATION : propagation));
  }
}
