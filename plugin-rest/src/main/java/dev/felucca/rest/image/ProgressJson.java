package dev.felucca.rest.image;

import dev.felucca.kernel.image.ProgressListener.Progress;
import dev.felucca.rest.json.JsonOut;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Arrays;

/** The lines of a pull's stream, as the CLI draws them. */
final class ProgressJson {
  private static final String[] UNITS = {"B", "kB", "MB", "GB", "TB", "PB"};
  private static final int WIDTH = 50;

  private ProgressJson() {}

  static byte[] of(Progress step) {
    return line(
        out -> {
          out.text("status", step.status());
          if (step.total() != 0) {
            out.object(
                "progressDetail",
                detail -> {
                  detail.number("current", step.current());
                  if (step.total() > 0) {
                    detail.number("total", step.total());
                  }
                });
            out.text("progress", bar(step.current(), step.total()));
          } else if (step.id() != null) {
            out.object("progressDetail", none -> {});
          }
          out.textUnlessEmpty("id", step.id());
        });
  }

  static byte[] failure(int status, String message) {
    return line(
        out ->
            out.object(
                    "errorDetail",
                    detail -> {
                      if (status == 401) {
                        detail.number("code", status);
                      }
                      detail.text("message", message);
                    })
                .text("error", message));
  }

  static byte[] line(java.util.function.Consumer<JsonOut> fields) {
    byte[] json = JsonOut.object(fields);
    byte[] line = Arrays.copyOf(json, json.length + 2);
    line[json.length] = '\r';
    line[json.length + 1] = '\n';
    return line;
  }

  /** {@code [====> ] 1.2MB/3.4MB}: for clients that don't draw it themselves. */
  static String bar(long current, long total) {
    if (total <= 0) {
      return pad(size(current));
    }
    int done = (int) Math.min(WIDTH, Math.max(0, current * 100 / total / 2));
    return "["
        + "=".repeat(done)
        + ">"
        + " ".repeat(WIDTH - done)
        + "] "
        + pad(size(current))
        + (current > total ? "" : "/" + size(total));
  }

  private static String pad(String text) {
    return " ".repeat(Math.max(0, 8 - text.length())) + text;
  }

  /** Four significant digits and a decimal unit, as Go's units package prints it. */
  static String size(long bytes) {
    BigDecimal value = BigDecimal.valueOf(bytes);
    int unit = 0;
    BigDecimal thousand = BigDecimal.valueOf(1000);
    while (value.compareTo(thousand) >= 0 && unit < UNITS.length - 1) {
      value = value.divide(thousand);
      unit++;
    }
    BigDecimal rounded = value.round(new MathContext(4, RoundingMode.HALF_EVEN));
    return (rounded.signum() == 0 ? "0" : rounded.stripTrailingZeros().toPlainString())
        + UNITS[unit];
  }
}
