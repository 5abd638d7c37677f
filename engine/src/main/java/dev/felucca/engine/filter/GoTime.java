package dev.felucca.engine.filter;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A moment as Docker's filters take it: seconds since 1970, a date, or a duration before now. */
public final class GoTime {
  private static final Pattern PART =
      Pattern.compile("\\G([0-9]+(?:\\.[0-9]+)?)(ns|us|µs|ms|s|m|h)");
  private static final Map<String, Double> NANOS =
      Map.of("ns", 1.0, "us", 1e3, "µs", 1e3, "ms", 1e6, "s", 1e9, "m", 60e9, "h", 3600e9);

  private GoTime() {}

  public static Instant parse(String text) {
    if (text.matches("[0-9]{1,11}(\\.[0-9]{1,9})?")) {
      double seconds = Double.parseDouble(text);
      return Instant.ofEpochSecond((long) seconds, (long) ((seconds % 1) * 1e9));
    }
    Duration ago = durationOrNull(text);
    if (ago != null) {
      return Instant.now().minus(ago);
    }
    try {
      if (text.matches("\\d{4}-\\d{2}-\\d{2}")) {
        return LocalDate.parse(text).atStartOfDay(ZoneId.systemDefault()).toInstant();
      }
      return text.matches(".*(Z|[+-]\\d{2}:\\d{2})")
          ? OffsetDateTime.parse(text).toInstant()
          : LocalDateTime.parse(text).atZone(ZoneId.systemDefault()).toInstant();
    } catch (DateTimeException e) {
      throw new EngineException(
          INVALID, "failed to parse value as time or duration: \"" + text + "\"", e);
    }
  }

  /** A duration such as {@code 1m30s}; INVALID for what is none. */
  public static Duration duration(String text) {
    Duration duration = text.equals("0") ? Duration.ZERO : durationOrNull(text);
    if (duration == null) {
      throw new EngineException(INVALID, "invalid duration " + text);
    }
    return duration;
  }

  private static @Nullable Duration durationOrNull(String text) {
    Matcher part = PART.matcher(text);
    double nanos = 0;
    int end = 0;
    while (part.find()) {
      nanos += Double.parseDouble(part.group(1)) * NANOS.getOrDefault(part.group(2), 0.0);
      end = part.end();
    }
    return end > 0 && end == text.length() ? Duration.ofNanos((long) nanos) : null;
  }
}
