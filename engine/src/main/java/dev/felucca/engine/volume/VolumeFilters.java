package dev.felucca.engine.volume;

import dev.felucca.engine.filter.Filters;
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
    Filters.check(filters, known);
    filters.forEach(
        (key, values) -> {
          if (key.equals("dangling") || key.equals("all")) {
            values.forEach(value -> Filters.truth(key, value));
          }
        });
  }

  static boolean asksForAll(Map<String, List<String>> filters) {
    return filters.getOrDefault("all", List.of()).stream()
        .anyMatch(value -> Filters.truth("all", value));
  }

  /** Labels must all hold; of the others one value of each. */
  static boolean match(VolumeDetails volume, Map<String, List<String>> filters) {
    return filters.entrySet().stream()
        .allMatch(
            filter -> {
              List<String> values = filter.getValue();
              return switch (filter.getKey()) {
                case "label" ->
                    values.stream().allMatch(value -> Filters.hasLabel(volume.labels(), value));
                case "label!" ->
                    values.stream().noneMatch(value -> Filters.hasLabel(volume.labels(), value));
                case "driver" -> values.isEmpty() || values.contains(volume.driver());
                case "name" ->
                    values.isEmpty() || values.stream().anyMatch(volume.name()::contains);
                case "dangling" ->
                    values.isEmpty()
                        || values.stream()
                            .anyMatch(
                                value ->
                                    Filters.truth("dangling", value) == volume.users().isEmpty());
                default -> true;
              };
            });
  }
}
