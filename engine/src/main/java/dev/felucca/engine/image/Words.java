package dev.felucca.engine.image;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Words with quotes, backslashes and variables, as Dockerfiles have them. */
final class Words {
  private static final Pattern VARIABLE =
      Pattern.compile(
          "\\$(?:([A-Za-z_][A-Za-z_0-9]*)|\\{([A-Za-z_][A-Za-z_0-9]*)(?::([-+])([^}]*))?})");

  private Words() {}

  static List<String> split(String text, Map<String, String> variables) {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    boolean begun = false;
    char quote = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (quote == 0 && Character.isWhitespace(c)) {
        if (begun) {
          words.add(word.toString());
          word.setLength(0);
          begun = false;
        }
        continue;
      }
      begun = true;
      if (c == '\\' && quote != '\'' && i + 1 < text.length()) {
        word.append(text.charAt(++i));
      } else if (quote == 0 && (c == '"' || c == '\'')) {
        quote = c;
      } else if (c == quote) {
        quote = 0;
      } else if (c == '$' && quote != '\'') {
        Matcher variable = VARIABLE.matcher(text).region(i, text.length());
        if (variable.lookingAt()) {
          word.append(value(variable, variables));
          i = variable.end() - 1;
        } else if (text.startsWith("${", i)) {
          throw new EngineException(INVALID, "no variable: " + text.substring(i));
        } else {
          word.append(c);
        }
      } else {
        word.append(c);
      }
    }
    if (begun) {
      words.add(word.toString());
    }
    return words;
  }

  /** Nothing for one that is not there, as in a shell. */
  private static String value(Matcher variable, Map<String, String> variables) {
    String plain = variable.group(1);
    String value = variables.getOrDefault(plain != null ? plain : variable.group(2), "");
    if (variable.group(3) == null) {
      return value;
    }
    boolean other = variable.group(3).equals("-") == value.isEmpty();
    return other ? unquote(variable.group(4), variables) : value;
  }

  /** One value that may hold spaces; what is quoted loses its quotes. */
  static String unquote(String text, Map<String, String> variables) {
    return String.join(" ", split(text, variables));
  }
}
