package dev.felucca.engine.container;

import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Lists of processors and memory nodes as cpuset(7) writes them: {@code 0-2,4}. */
final class CpuList {
  private static final Pattern FORM =
      Pattern.compile("\\d{1,4}(-\\d{1,4})?(,\\d{1,4}(-\\d{1,4})?)*");

  private CpuList() {}

  static boolean isOne(String text) {
    if (!FORM.matcher(text).matches()) {
      return false;
    }
    for (String part : text.split(",")) {
      String[] ends = part.split("-");
      if (Integer.parseInt(ends[0]) > Integer.parseInt(ends[ends.length - 1])) {
        return false;
      }
    }
    return true;
  }

  /** Empty for what is none. */
  static Set<Integer> of(String text) {
    Set<Integer> numbers = new TreeSet<>();
    if (!isOne(text)) {
      return numbers;
    }
    for (String part : text.split(",")) {
      String[] ends = part.split("-");
      int last = Integer.parseInt(ends[ends.length - 1]);
      for (int i = Integer.parseInt(ends[0]); i <= last; i++) {
        numbers.add(i);
      }
    }
    return numbers;
  }
}
