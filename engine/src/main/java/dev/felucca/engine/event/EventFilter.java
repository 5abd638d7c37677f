package dev.felucca.engine.event;

import dev.felucca.engine.filter.Filters;
import dev.felucca.kernel.event.Event;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/** Docker's event filters: every key has to match, by any of its values. */
final class EventFilter implements Predicate<Event> {
  private static final Set<String> KEYS =
      Set.of(
          "config",
          "container",
          "daemon",
          "event",
          "image",
          "label",
          "network",
          "node",
          "plugin",
          "scope",
          "secret",
          "service",
          "type",
          "volume");

  private final Map<String, List<String>> wanted;

  /** INVALID for a key that doesn't exist. */
  EventFilter(Map<String, List<String>> filters) {
    Filters.check(filters, KEYS);
    this.wanted = Map.copyOf(filters);
  }

  @Override
  public boolean test(Event event) {
    return wanted.entrySet().stream()
        .allMatch(
            entry -> {
              List<String> values = entry.getValue();
              return values.isEmpty()
                  || (entry.getKey().equals("label")
                      ? values.stream()
                          .allMatch(value -> Filters.hasLabel(event.attributes(), value))
                      : values.stream().anyMatch(value -> matches(event, entry.getKey(), value)));
            });
  }

  private static boolean matches(Event event, String key, String value) {
    return switch (key) {
      case "type" -> event.type().equals(value);
      // "exec_start" stands for every "exec_start: program"
      case "event" -> event.action().equals(value) || event.action().startsWith(value + ":");
      case "scope" -> value.equals("local");
      case "image" -> matchesImage(event, value);
      default -> matchesActor(event, key, value);
    };
  }

  /** By how its id or its name begins: so does Docker. */
  private static boolean matchesActor(Event event, String type, String value) {
    return event.type().equals(type)
        && (event.actorId().startsWith(value)
            || event.attributes().getOrDefault("name", "").startsWith(value));
  }

  private static boolean matchesImage(Event event, String value) {
    String image =
        event.type().equals("image")
            ? event.attributes().getOrDefault("name", event.actorId())
            : event.attributes().getOrDefault("image", "");
    return image.equals(value)
        || withoutTag(image).equals(value)
        || (event.type().equals("image") && event.actorId().equals(value));
  }

  private static String withoutTag(String image) {
    int colon = image.lastIndexOf(':');
    return colon > image.lastIndexOf('/') ? image.substring(0, colon) : image;
  }
}
