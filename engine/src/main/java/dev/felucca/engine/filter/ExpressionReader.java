package dev.felucca.engine.filter;

import dev.felucca.engine.filter.Expression.Text;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads a regular expression; each part of it leads from places in a text to others. */
final class ExpressionReader {
  /** Where a part ends that begins at one of these places. */
  interface Part {
    BitSet ends(BitSet starts, Text text);
  }

  private static final int MOST_NESTED = 100;

  /** Go's own. */
  private static final int MOST_REPEATED = 1000;

  private static final Pattern COUNT = Pattern.compile("\\{(\\d{1,4})(,(\\d{0,4}))?}");
  private static final Pattern GROUP = Pattern.compile("\\?(P?<\\w+>|:)");
  private static final Set<String> PLACES = Set.of("\\b", "\\B", "\\A", "\\z");

  private final String regex;
  private final int flags;
  private int at;
  private int nested;

  ExpressionReader(String regex) {
    boolean anyCase = regex.startsWith("(?i)");
    this.regex = anyCase ? regex.substring(4) : regex;
    this.flags = anyCase ? Pattern.CASE_INSENSITIVE : 0;
  }

  /** IllegalArgumentException for what is no expression. */
  Part whole() {
    Part whole = choice();
    if (at < regex.length()) {
      throw new IllegalArgumentException("unexpected )");
    }
    return whole;
  }

  private boolean comes(char c) {
    return at < regex.length() && regex.charAt(at) == c;
  }

  private Part choice() {
    List<Part> all = new ArrayList<>();
    all.add(row());
    while (comes('|')) {
      at++;
      all.add(row());
    }
    return all.size() == 1
        ? all.get(0)
        : (starts, text) -> {
          BitSet ends = new BitSet();
          all.forEach(one -> ends.or(one.ends(starts, text)));
          return ends;
        };
  }

  private Part row() {
    List<Part> all = new ArrayList<>();
    while (at < regex.length() && !comes('|') && !comes(')')) {
      all.add(repeated(one()));
    }
    return (starts, text) -> {
      BitSet places = starts;
      for (Part each : all) {
        places = each.ends(places, text);
      }
      return places;
    };
  }

  private Part repeated(Part part) {
    Part now = part;
    Matcher count = COUNT.matcher(regex);
    while (true) {
      if (comes('*') || comes('+') || comes('?')) {
        char sign = regex.charAt(at++);
        now = times(now, sign == '+' ? 1 : 0, sign == '?' ? 1 : -1);
      } else if (count.region(at, regex.length()).lookingAt()) {
        at = count.end();
        int least = count(count.group(1));
        String most = count.group(3);
        boolean open = most != null && most.isEmpty();
        now = times(now, least, open ? -1 : most == null ? least : count(most));
      } else {
        return now;
      }
      if (comes('?')) {
        at++; // which of several it should find first is nobody's question here
      }
    }
  }

  private static int count(String digits) {
    int count = Integer.parseInt(digits);
    if (count > MOST_REPEATED) {
      throw new IllegalArgumentException("invalid repeat count");
    }
    return count;
  }

  /**
   * @param most -1 for no end
   */
  private static Part times(Part part, int least, int most) {
    return (starts, text) -> {
      BitSet places = starts;
      for (int i = 0; i < least; i++) {
        places = part.ends(places, text);
        text.step(0);
      }
      BitSet ends = (BitSet) places.clone();
      for (int i = least; i != most && !places.isEmpty(); i++) {
        places = (BitSet) part.ends(places, text).clone();
        places.andNot(ends); // from the others it went on before
        ends.or(places);
      }
      return ends;
    };
  }

  private Part one() {
    char c = regex.charAt(at);
    return switch (c) {
      case '(' -> group();
      case '^', '$' -> place(next(1));
      case '*', '+', '?' ->
          throw new IllegalArgumentException("missing argument to repetition operator");
      case '[' -> letter(bracket());
      case '\\' -> PLACES.contains(escaped()) ? place(next(2)) : letter(next(2));
      default -> letter(c == '.' ? next(1) : Pattern.quote(next(1)));
    };
  }

  private Part group() {
    at++;
    Matcher named = GROUP.matcher(regex).region(at, regex.length());
    if (named.lookingAt()) {
      at = named.end();
    }
    if (++nested > MOST_NESTED) {
      throw new IllegalArgumentException("nested too deeply");
    }
    Part inner = choice();
    nested--;
    if (!comes(')')) {
      throw new IllegalArgumentException("missing )");
    }
    at++;
    return inner;
  }

  private String next(int length) {
    if (at + length > regex.length()) {
      throw new IllegalArgumentException("trailing backslash");
    }
    at += length;
    return regex.substring(at - length, at);
  }

  /** From a bracket to the one that closes it, which is not the first in it. */
  private String bracket() {
    int from = at;
    at += regex.startsWith("[^", at) ? 2 : 1;
    for (boolean first = true; first || !comes(']'); first = false) {
      if (regex.startsWith("[:", at) && regex.indexOf(":]", at) > 0) {
        at = regex.indexOf(":]", at) + 2;
      } else {
        next(comes('\\') ? 2 : 1);
      }
    }
    at++;
    return javas(regex.substring(from, at));
  }

  /** In Java's words, where brackets nest and {@code &&} means both. */
  private static String javas(String bracket) {
    boolean not = bracket.startsWith("[^");
    String inner = bracket.substring(not ? 2 : 1, bracket.length() - 1);
    StringBuilder words = new StringBuilder(not ? "[^" : "[");
    for (int i = 0; i < inner.length(); i++) {
      int end = inner.startsWith("[:", i) ? inner.indexOf(":]", i) : -1;
      if (end > 0) {
        words.append("\\p{").append(posix(inner.substring(i + 2, end))).append('}');
        i = end + 1;
      } else if (inner.charAt(i) == '\\' && i + 1 < inner.length()) {
        words.append(inner, i, i + 2);
        i++;
      } else {
        words.append("[]&^".indexOf(inner.charAt(i)) >= 0 ? "\\" : "").append(inner.charAt(i));
      }
    }
    return words.append(']').toString();
  }

  private static String posix(String name) {
    return name.equals("xdigit")
        ? "XDigit"
        : name.isEmpty() ? name : Character.toUpperCase(name.charAt(0)) + name.substring(1);
  }

  private String escaped() {
    return regex.substring(at, Math.min(at + 2, regex.length()));
  }

  /** A place between letters; Java's own tells of a single one quickly. */
  private Part place(String words) {
    Pattern one = Pattern.compile(words.equals("$") ? "\\z" : words);
    return (starts, text) -> {
      text.step(starts.cardinality());
      Matcher at = one.matcher(text.letters).useTransparentBounds(true).useAnchoringBounds(false);
      BitSet ends = new BitSet();
      starts.stream()
          .filter(place -> at.region(place, text.letters.length()).lookingAt())
          .forEach(ends::set);
      return ends;
    };
  }

  /** One letter, of which Java's own tells quickly, too. */
  private Part letter(String words) {
    Pattern one = Pattern.compile(words, flags);
    return (starts, text) -> {
      text.step(starts.cardinality());
      Matcher at = one.matcher(text.letters);
      BitSet ends = new BitSet();
      starts.stream()
          .filter(place -> place < text.letters.length())
          .filter(place -> at.region(place, place + 1).matches())
          .forEach(place -> ends.set(place + 1));
      return ends;
    };
  }
}
