package dev.felucca.kernel;

import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A setting that is a list. Whoever sets it through a configuration admin gives an array; a file
 * that says {@code dns = 9.9.9.9, 8.8.4.4} gives one text for all of them.
 */
public final class ListSetting {
  private static final Pattern COMMA = Pattern.compile(",");

  /** Values of pairs have commas of their own, as in {@code labels=a,b}. */
  private static final Pattern COMMA_BEFORE_NAME = Pattern.compile(",(?=\\s*[^,=\\s]+\\s*=)");

  private ListSetting() {}

  /** The values, without the space around them and without those that are empty. */
  public static List<String> of(String... given) {
    return split(COMMA, given);
  }

  /** Values that are {@code NAME=VALUE}: a comma ends one only where another name follows. */
  public static List<String> pairs(String... given) {
    return split(COMMA_BEFORE_NAME, given);
  }

  private static List<String> split(Pattern at, String... given) {
    return Arrays.stream(given)
        .flatMap(at::splitAsStream)
        .map(String::strip)
        .filter(value -> !value.isEmpty())
        .toList();
  }
}
