package dev.felucca.engine.volume;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.volume.VolumeDetails;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Docker's filters of volumes. */
final class VolumeFilters {
  private static final Set<String> LIST = Set.of("dangling", "driver", "label", "name");
  private static final Set<String> PRUNE = Set.of("all", "label", "label!");

  private VolumeFilters() {}

  static void checkList(Map<String, List<String>> filters) {
    check(filters, LIST);
  }

  static void checkPrune(Map<String, List<String>> filters) {
    check(filters, PRUNE);
  }

  private static void check(Map<String, List<String>> filters, Set<String> known) {
    filters.forEach(
        (key, values) -> {
          if (!known.contains(key)) {
            throw new EngineException(INVALID, "invalid filter '" + key + "'");
          }
          if (key.equals("dangling") || key.equals("all")) {
            values.forEach(value -> truth(key, value));
          }
        });
  }

  static boolean asksForAll(Map<String, List<String>> filters) {
    return filters.getOrDefault("all", List.of()).stream().anyMatch(value -> truth("all", value));
  }

  /** Labels must all hold; of the others one value of each. */
  static boolean match(VolumeDetails volume, Map<String, List<String>> filters) {
    return filters.entrySet().stream()
        .allMatch(
            filter -> {
              List<String> values = filter.getValue();
              return switch (filter.getKey()) {
                case "label" -> values.stream().allMatch(value -> labelled(volume, value));
                case "label!" -> values.stream().noneMatch(value -> labelled(volume, value));
                case "driver" -> values.isEmpty() || values.contains(volume.driver());
                case "name" ->
                    values.isEmpty() || values.stream().anyMatch(volume.name()::contains);
                case "dangling" ->
                    values.isEmpty()
                        || values.stream()
                            .anyMatch(
                                value -> truth("dangling", value) == volume.users().isEmpty());
                default -> true;
              };
            });
  }

  private static boolean truth(String key, String value) {
    return switch (value) {
      case "true", "1" -> true;
      case "false", "0" -> false;
      default -> throw new EngineException(INVALID, "invalid filter '" + key + "=[" + value + "]'");
    };
  }

  private static boolean labelled(VolumeDetails volume, String wanted) {
    int equals = wanted.indexOf('=');
    return equals < 0
        ? volume.labels().containsKey(wanted)
        : wanted.substring(equals + 1).equals(volume.labels().get(wanted.substring(0, equals)));
  }
}
