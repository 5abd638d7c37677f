package dev.felucca.rest.http;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Query parameters, read as Docker reads them. */
public final class Query {
  private final Map<String, List<String>> values = new LinkedHashMap<>();

  Query(String text) {
    for (String pair : text.split("&")) {
      if (!pair.isEmpty()) {
        int equals = pair.indexOf('=');
        String name = Target.decode(equals < 0 ? pair : pair.substring(0, equals), true);
        String value = equals < 0 ? "" : Target.decode(pair.substring(equals + 1), true);
        values.computeIfAbsent(name, n -> new ArrayList<>(1)).add(value);
      }
    }
  }

  public @Nullable String get(String name) {
    List<String> all = values.get(name);
    return all == null ? null : all.get(0);
  }

  /** Empty where it is absent. */
  public String text(String name) {
    String value = get(name);
    return value == null ? "" : value;
  }

  public List<String> all(String name) {
    return values.getOrDefault(name, List.of());
  }

  /** False for absent, empty, 0, no, false and none; true for everything else. */
  public boolean flag(String name) {
    return switch (text(name).strip().toLowerCase(Locale.ROOT)) {
      case "", "0", "no", "false", "none" -> false;
      default -> true;
    };
  }

  public boolean flag(String name, boolean absent) {
    return get(name) == null ? absent : flag(name);
  }

  /** Null where it is absent or empty. */
  public @Nullable Integer number(String name) {
    String value = text(name);
    if (value.isEmpty()) {
      return null;
    }
    try {
      return Integer.valueOf(value);
    } catch (NumberFormatException e) {
      throw new EngineException(
          INVALID, "invalid value for \"" + name + "\": \"" + value + "\" is not a number", e);
    }
  }
}
