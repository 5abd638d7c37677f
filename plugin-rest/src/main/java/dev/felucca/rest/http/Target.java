package dev.felucca.rest.http;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A request's target taken apart.
 *
 * @param version as written, empty where the path has none
 * @param path decoded, without the version
 * @param query undecoded
 */
record Target(String version, String path, String query) {
  private static final Pattern VERSIONED = Pattern.compile("/v([0-9.]+)(/.*)");
  private static final Pattern ABSOLUTE = Pattern.compile("(?i)https?://[^/?#]*(.*)");

  static Target parse(String uri) {
    Matcher absolute = ABSOLUTE.matcher(uri);
    String rest = absolute.matches() ? absolute.group(1) : uri;
    int question = rest.indexOf('?');
    String path = question < 0 ? rest : rest.substring(0, question);
    String query = question < 0 ? "" : rest.substring(question + 1);
    Matcher versioned = VERSIONED.matcher(path);
    String version = "";
    if (versioned.matches()) {
      version = versioned.group(1);
      path = versioned.group(2);
    }
    return new Target(version, decode(path, false), query);
  }

  /**
   * Percent-decoding; what is not UTF-8 becomes U+FFFD and so names nothing. A NUL is INVALID.
   *
   * @param text a character for each byte that was sent
   */
  static String decode(String text, boolean plusIsSpace) {
    if (text.chars().noneMatch(c -> c == '%' || c > 127 || (plusIsSpace && c == '+'))) {
      return text;
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '%') {
        int high = i + 2 <= text.length() - 1 ? Character.digit(text.charAt(i + 1), 16) : -1;
        int low = i + 2 <= text.length() - 1 ? Character.digit(text.charAt(i + 2), 16) : -1;
        if (high < 0 || low < 0) {
          throw new EngineException(
              INVALID,
              "invalid URL escape \"" + text.substring(i, Math.min(i + 3, text.length())) + "\"");
        }
        if ((high | low) == 0) {
          throw new EngineException(INVALID, "a NUL in the URL");
        }
        bytes.write(high << 4 | low);
        i += 2;
      } else if (c == '+' && plusIsSpace) {
        bytes.write(' ');
      } else {
        bytes.write(c);
      }
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
