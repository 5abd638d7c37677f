package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The label of a container's processes, from what {@code --security-opt label=} says of its parts.
 */
final class SelinuxLabel {
  private SelinuxLabel() {}

  /** Null where nothing is asked for, or {@code disable}; INVALID with Docker's words. */
  static @Nullable String of(List<String> options) {
    String user = "system_u";
    String role = "system_r";
    String type = "container_t";
    String level = "s0";
    boolean disabled = false;
    for (String option : options) {
      int colon = option.indexOf(':');
      String value = colon < 0 ? "" : option.substring(colon + 1);
      switch (colon < 0 ? option : option.substring(0, colon)) {
        case "disable" -> disabled = true;
        case "user" -> user = value;
        case "role" -> role = value;
        case "type" -> type = value;
        case "level" -> level = value;
        case "filetype", "nested" -> {}
        default ->
            throw new EngineException(
                INVALID,
                "bad label option \""
                    + option
                    + "\", valid options 'disable, user, role, level, type, filetype, nested'");
      }
    }
    return options.isEmpty() || disabled ? null : String.join(":", user, role, type, level);
  }
}
