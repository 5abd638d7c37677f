package dev.felucca.engine.filter;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What all filters have in common. */
public final class Filters {
  private Filters() {}

  /** INVALID, with Docker's words, for a key that is not among the known. */
  public static void check(Map<String, List<String>> filters, Set<String> known) {
    for (String key : filters.keySet()) {
      if (!known.contains(key)) {
        throw new EngineException(INVALID, "invalid filter '" + key + "'");
      }
    }
  }

  /** Docker's words for a value that its key does not take. */
  public static EngineException invalid(String key, String value) {
    return new EngineException(INVALID, "invalid filter '" + key + "=[" + value + "]'");
  }

  /** {@code true}, {@code 1}, {@code false} or {@code 0}; INVALID for anything else. */
  public static boolean truth(String key, String value) {
    return switch (value) {
      case "true", "1" -> true;
      case "false", "0" -> false;
      default -> throw invalid(key, value);
    };
  }

  /**
   * What all values of a key say together, which may not be both; {@code otherwise} without any.
   */
  public static boolean truth(Map<String, List<String>> filters, String key, boolean otherwise) {
    List<String> values = filters.getOrDefault(key, List.of());
    if (values.isEmpty()) {
      return otherwise;
    }
    boolean yes = values.contains("true") || values.contains("1");
    if (yes == (values.contains("false") || values.contains("0"))) {
      throw invalid(key, String.join(" ", values));
    }
    return yes;
  }

  /** Whether {@code KEY} is there, or {@code KEY=VALUE} is. */
  public static boolean hasLabel(Map<String, String> labels, String wanted) {
    int equals = wanted.indexOf('=');
    return equals < 0
        ? labels.containsKey(wanted)
        : wanted.substring(equals + 1).equals(labels.get(wanted.substring(0, equals)));
  }
}
