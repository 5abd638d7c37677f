package dev.felucca.engine.filter;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What every prune can be narrowed by: {@code label}, of which each value has to be there, {@code
 * label!}, whose values may not all be there, and {@code until}, a moment before which a thing was
 * made.
 */
public final class PruneFilter {
  private final List<String> labels;
  private final List<String> without;
  private final @Nullable Instant until;

  /** INVALID for a moment that is none, and for more than one. Other keys are not looked at. */
  public PruneFilter(Map<String, List<String>> filters) {
    labels = filters.getOrDefault("label", List.of());
    without = filters.getOrDefault("label!", List.of());
    List<String> moments = filters.getOrDefault("until", List.of());
    if (moments.size() > 1) {
      throw new EngineException(INVALID, "more than one until filter specified");
    }
    until = moments.isEmpty() ? null : GoTime.parse(moments.get(0));
  }

  /** Whether a thing may go. What nobody knows the age of is not older than any moment. */
  public boolean letsGo(Map<String, String> itsLabels, @Nullable Instant created) {
    return (until == null || (created != null && created.isBefore(until)))
        && labels.stream().allMatch(label -> Filters.hasLabel(itsLabels, label))
        && (without.isEmpty()
            || !without.stream().allMatch(label -> Filters.hasLabel(itsLabels, label)));
  }
}
