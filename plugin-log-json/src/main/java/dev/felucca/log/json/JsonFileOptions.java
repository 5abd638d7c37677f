package dev.felucca.log.json;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The options of one log.
 *
 * @param maxSize bytes after which the file is rotated, 0 for never
 * @param maxFiles how many files are kept, the one being written included
 */
record JsonFileOptions(long maxSize, int maxFiles, boolean compress) {
  private static final JsonFileOptions DOCKERS = new JsonFileOptions(0, 1, false);

  private static final Set<String> KNOWN = Set.of("max-size", "max-file", "compress");
  private static final Pattern SIZE = Pattern.compile("(\\d{1,15})(?:\\.\\d+)? ?([kmgt]?)i?b?");

  /** Docker's rules, beginning with the driver's own defaults where an option isn't given. */
  static JsonFileOptions parse(Map<String, String> options, JsonFileOptions defaults) {
    JsonFileOptions parsed = parse("json-file log driver", options, defaults, DOCKERS);
    if (options.containsKey("compress")
        && parsed.compress
        && (parsed.maxFiles == 1 || parsed.maxSize == 0)) {
      throw new EngineException(
          INVALID, "compress cannot be true when max-file is less than 2 or max-size is not set");
    }
    return parsed;
  }

  /**
   * As they are, for any driver that keeps such files.
   *
   * @param driver as a refusal calls it
   * @param dockers what Docker takes: a client that sets one of size and count has its rules in
   *     mind, and the other is not {@code defaults}' then
   */
  static JsonFileOptions parse(
      String driver,
      Map<String, String> options,
      JsonFileOptions defaults,
      JsonFileOptions dockers) {
    for (String key : options.keySet()) {
      if (!KNOWN.contains(key)) {
        throw new EngineException(INVALID, "unknown log opt '" + key + "' for " + driver);
      }
    }
    boolean own = options.containsKey("max-size") || options.containsKey("max-file");
    long maxSize = own ? dockers.maxSize : defaults.maxSize;
    int maxFiles = own ? dockers.maxFiles : defaults.maxFiles;
    boolean compress = defaults.compress;
    if (options.containsKey("max-size")) {
      maxSize = size(options.get("max-size"));
    }
    if (options.containsKey("max-file")) {
      maxFiles = count(options.get("max-file"));
    }
    if (options.containsKey("compress")) {
      compress = flag(options.get("compress"));
    }
    return new JsonFileOptions(maxSize, maxFiles, compress);
  }

  /** {@code 10m} as the docker CLI means it: powers of 1024; {@code -1} is without limit. */
  static long size(String text) {
    if (text.equals("-1")) {
      return 0;
    }
    Matcher matcher = SIZE.matcher(text.trim().toLowerCase(Locale.ROOT));
    if (!matcher.matches()) {
      throw new EngineException(INVALID, "invalid size: '" + text + "'");
    }
    long number = Long.parseLong(matcher.group(1));
    int shift = 10 * " kmgt".indexOf(matcher.group(2).isEmpty() ? ' ' : matcher.group(2).charAt(0));
    if (number > Long.MAX_VALUE >> shift) {
      throw new EngineException(INVALID, "invalid size: '" + text + "'");
    }
    return number << shift;
  }

  private static int count(String text) {
    try {
      int count = Integer.parseInt(text);
      if (count < 1) {
        throw new EngineException(INVALID, "max-file cannot be less than 1");
      }
      return count;
    } catch (NumberFormatException e) {
      throw new EngineException(INVALID, "invalid value for max-file: " + text, e);
    }
  }

  private static boolean flag(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "true", "1", "t" -> true;
      case "false", "0", "f" -> false;
      default -> throw new EngineException(INVALID, "invalid value for compress: " + text);
    };
  }
}
