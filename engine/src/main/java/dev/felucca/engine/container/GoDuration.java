package dev.felucca.engine.container;

import java.math.BigDecimal;
import java.time.Duration;

/** A duration as Go prints it, and with it Docker: {@code 1m30s}, {@code 1.5s}, {@code 20ms}. */
final class GoDuration {
  private GoDuration() {}

  static String of(Duration duration) {
    long nanos = duration.toNanos();
    if (nanos == 0) {
      return "0s";
    }
    if (nanos < 1_000) {
      return nanos + "ns";
    }
    if (nanos < 1_000_000) {
      return plain(nanos, 3) + "µs";
    }
    if (nanos < 1_000_000_000) {
      return plain(nanos, 6) + "ms";
    }
    long minutes = nanos / 60_000_000_000L;
    String seconds = plain(nanos % 60_000_000_000L, 9) + "s";
    if (minutes == 0) {
      return seconds;
    }
    return (minutes < 60 ? "" : minutes / 60 + "h") + minutes % 60 + "m" + seconds;
  }

  private static String plain(long nanos, int digits) {
    BigDecimal value = BigDecimal.valueOf(nanos, digits).stripTrailingZeros();
    return value.toPlainString();
  }
}
