package dev.felucca.logging;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import org.jspecify.annotations.Nullable;

/** What a message looks like: {@code 2026-01-31T08:15:30.125 WARN d.f.engine.Thing message}. */
final class Line {
  private static final int NAME = 24;

  private Line() {}

  static String of(
      long millis, String level, String logger, @Nullable String message, @Nullable Throwable e) {
    StringBuilder line = new StringBuilder(160);
    LocalDateTime time =
        LocalDateTime.ofInstant(Instant.ofEpochMilli(millis), ZoneId.systemDefault());
    line.append(time.toLocalDate()).append('T');
    digits(line, time.getHour(), 2).append(':');
    digits(line, time.getMinute(), 2).append(':');
    digits(line, time.getSecond(), 2).append('.');
    digits(line, time.getNano() / 1_000_000, 3).append(' ').append(level);
    line.append(level.length() == 4 ? "  " : " ").append(logger).append(' ').append(message);
    line.append('\n');
    if (e != null) {
      StringWriter stack = new StringWriter();
      e.printStackTrace(new PrintWriter(stack, true));
      line.append(stack);
    }
    return line.toString();
  }

  private static StringBuilder digits(StringBuilder line, int number, int width) {
    String digits = Integer.toString(number);
    return line.append("0".repeat(width - digits.length())).append(digits);
  }

  /** Packages from the left by their first letter, until the name is short enough. */
  static String shorten(String name) {
    String left = name;
    int begin = 0;
    for (int dot = left.indexOf('.'); dot > 0 && left.length() > NAME; ) {
      left = left.substring(0, begin + 1) + left.substring(dot);
      begin += 2;
      dot = left.indexOf('.', begin);
    }
    return left;
  }
}
