package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import java.math.BigDecimal;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What {@code --storage-opt} asks for. */
final class StorageOptions {
  private static final Pattern SIZE =
      Pattern.compile("(\\d+(?:\\.\\d+)?) ?([kmgtp]?)i?b?", Pattern.CASE_INSENSITIVE);

  private StorageOptions() {}

  /** The bytes of {@code size}, in powers of 1024 as Docker counts them; 0 for no limit. */
  static long size(Map<String, String> options) {
    long size = 0;
    for (Map.Entry<String, String> option : options.entrySet()) {
      if (!option.getKey().equalsIgnoreCase("size")) {
        throw new EngineException(INVALID, "Unknown option " + option.getKey());
      }
      size = bytes(option.getValue());
    }
    return size;
  }

  private static long bytes(String text) {
    Matcher matcher = SIZE.matcher(text);
    if (!matcher.matches()) {
      throw new EngineException(INVALID, "invalid size: '" + text + "'");
    }
    int power = " kmgtp".indexOf((matcher.group(2) + " ").toLowerCase(Locale.ROOT).charAt(0));
    try {
      return new BigDecimal(matcher.group(1))
          .multiply(BigDecimal.valueOf(1L << (10 * power)))
          .toBigInteger()
          .longValueExact();
    } catch (ArithmeticException e) {
      throw new EngineException(INVALID, "invalid size: '" + text + "'", e);
    }
  }
}
