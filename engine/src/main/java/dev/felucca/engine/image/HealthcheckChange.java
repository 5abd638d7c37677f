package dev.felucca.engine.image;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.engine.filter.GoTime;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.image.HealthcheckConfig;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The instruction {@code HEALTHCHECK [OPTIONS] CMD COMMAND} or {@code HEALTHCHECK NONE}. */
final class HealthcheckChange {
  private static final Pattern OPTION =
      Pattern.compile("--(interval|timeout|start-period|start-interval|retries)=(\\S+)\\s+");

  private HealthcheckChange() {}

  static HealthcheckConfig read(String text, Function<String, @Nullable List<String>> json) {
    Map<String, String> options = new HashMap<>();
    String rest = text;
    Matcher option = OPTION.matcher(rest);
    while (option.lookingAt()) {
      options.put(option.group(1), option.group(2));
      rest = rest.substring(option.end());
      option = OPTION.matcher(rest);
    }
    String[] parts = rest.split("\\s+", 2);
    String kind = parts[0].toUpperCase(Locale.ROOT);
    if (kind.equals("NONE") && parts.length == 1) {
      return new HealthcheckConfig(List.of("NONE"), null, null, null, null, null);
    }
    if (!kind.equals("CMD") || parts.length < 2) {
      throw new EngineException(INVALID, "Unknown type \"" + kind + "\" in HEALTHCHECK (try CMD)");
    }
    List<String> words = json.apply(parts[1]);
    List<String> test = new ArrayList<>();
    test.add(words == null ? "CMD-SHELL" : "CMD");
    test.addAll(words == null ? List.of(parts[1]) : words);
    String retries = options.get("retries");
    if (retries != null && !retries.matches("[0-9]{1,6}")) {
      throw new EngineException(INVALID, "invalid --retries: " + retries);
    }
    return new HealthcheckConfig(
        test,
        nanos(options.get("interval")),
        nanos(options.get("timeout")),
        nanos(options.get("start-period")),
        nanos(options.get("start-interval")),
        retries == null ? null : Integer.valueOf(retries));
  }

  private static @Nullable Long nanos(@Nullable String text) {
    return text == null ? null : Long.valueOf(GoTime.duration(text).toNanos());
  }
}
