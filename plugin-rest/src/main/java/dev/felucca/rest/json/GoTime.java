package dev.felucca.rest.json;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Times as Go prints them and as Docker's query parameters carry them. */
public final class GoTime {
  /** Go's zero time. */
  public static final String ZERO = "0001-01-01T00:00:00Z";

  private static final Pattern SECONDS =
      Pattern.compile("(-?[0-9]{1,12})(?:\\.([0-9]{1,9})[0-9]*)?");

  private GoTime() {}

  /** RFC3339Nano: a fraction without its trailing zeros, none at all when it is zero. */
  public static String nano(@Nullable Instant time) {
    if (time == null) {
      return ZERO;
    }
    StringBuilder out = new StringBuilder(35);
    seconds(out, time);
    int nanos = time.getNano();
    if (nanos != 0) {
      fraction(out, nanos);
      int end = out.length();
      while (out.charAt(end - 1) == '0') {
        end--;
      }
      out.setLength(end);
    }
    return out.append('Z').toString();
  }

  /** The fixed form with nine digits, which {@code logs --timestamps} shows. */
  public static String fixed(Instant time) {
    StringBuilder out = new StringBuilder(35);
    seconds(out, time);
    fraction(out, time.getNano());
    return out.append('Z').toString();
  }

  private static void seconds(StringBuilder out, Instant time) {
    OffsetDateTime utc = time.atOffset(ZoneOffset.UTC);
    pad(out, utc.getYear(), 4);
    pad(out.append('-'), utc.getMonthValue(), 2);
    pad(out.append('-'), utc.getDayOfMonth(), 2);
    pad(out.append('T'), utc.getHour(), 2);
    pad(out.append(':'), utc.getMinute(), 2);
    pad(out.append(':'), utc.getSecond(), 2);
  }

  private static void fraction(StringBuilder out, int nanos) {
    pad(out.append('.'), nanos, 9);
  }

  private static void pad(StringBuilder out, int value, int width) {
    String digits = Integer.toString(value);
    for (int i = digits.length(); i < width; i++) {
      out.append('0');
    }
    out.append(digits);
  }

  /**
   * A {@code since} or {@code until}: seconds since 1970 with an optional fraction, or RFC 3339.
   * Empty and {@code 0} are null.
   */
  public static @Nullable Instant parse(String name, @Nullable String text) {
    if (text == null || text.isEmpty() || text.equals("0")) {
      return null;
    }
    Matcher seconds = SECONDS.matcher(text);
    try {
      if (seconds.matches()) {
        String fraction = seconds.group(2);
        int nanos =
            fraction == null ? 0 : Integer.parseInt((fraction + "00000000").substring(0, 9));
        return Instant.ofEpochSecond(Long.parseLong(seconds.group(1)), nanos);
      }
      return OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeException e) {
      throw new EngineException(
          INVALID, "invalid value for \"" + name + "\": " + text + " is not a timestamp", e);
    }
  }
}
