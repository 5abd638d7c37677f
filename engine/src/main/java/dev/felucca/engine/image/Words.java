package dev.felucca.engine.image;

import java.util.ArrayList;
import java.util.List;

/** Words with quotes and backslashes, as Dockerfiles have them. */
final class Words {
  private Words() {}

  static List<String> split(String text) {
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
      } else {
        word.append(c);
      }
    }
    if (begun) {
      words.add(word.toString());
    }
    return words;
  }

  /** One value that may hold spaces; what is quoted loses its quotes. */
  static String unquote(String text) {
    return String.join(" ", split(text));
  }
}
