package dev.felucca.volumes;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a volume shows instead of a directory of its own, in Docker's words: {@code type}, {@code
 * device} and mount(8)'s options in {@code o}.
 */
record VolumeOptions(String type, String device, List<String> words) {
  private static final Set<String> KEYS = Set.of("type", "device", "o");

  /** INVALID, with Docker's words, for options that make no mount; empty options are none. */
  static VolumeOptions parse(Map<String, String> options) {
    for (String key : options.keySet()) {
      if (!KEYS.contains(key)) {
        throw new EngineException(
            INVALID, key.equals("size") ? quota() : "invalid option: \"" + key + "\"");
      }
    }
    String type = options.getOrDefault("type", "");
    String device = options.getOrDefault("device", "");
    String o = options.getOrDefault("o", "");
    if (!options.isEmpty() && device.isEmpty()) {
      throw new EngineException(INVALID, "missing required option: \"device\"");
    }
    if (!options.isEmpty() && type.isEmpty() && !List.of(o.split(",")).contains("bind")) {
      throw new EngineException(INVALID, "missing required option: \"type\"");
    }
    return new VolumeOptions(
        type.isEmpty() ? "none" : type, device, o.isEmpty() ? List.of() : List.of(o.split(",")));
  }

  private static String quota() {
    return "quota size requested but no quota support: volumes have no size of their own here";
  }

  boolean none() {
    return device.isEmpty();
  }
}
