package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import java.util.List;
import java.util.Locale;

/** Signals by name and number, as signal(7) has them on x86-64 and aarch64. */
final class Signals {
  static final int KILL = 9;
  static final int TERM = 15;
  private static final List<String> NAMES =
      List.of(
          "", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV",
          "USR2", "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU",
          "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS");
  private static final int RTMIN = 34;
  private static final int RTMAX = 64;

  private Signals() {}

  /** {@code SIGTERM}, {@code term}, {@code 15}, {@code RTMIN+3}; INVALID for anything else. */
  static int number(String text) {
    String word = text.toUpperCase(Locale.ROOT);
    if (!word.isEmpty() && word.chars().allMatch(Character::isDigit) && word.length() < 3) {
      int number = Integer.parseInt(word);
      if (number >= 1 && number <= RTMAX) {
        return number;
      }
    }
    String name = word.startsWith("SIG") ? word.substring(3) : word;
    int known = name.isEmpty() ? -1 : NAMES.indexOf(name);
    if (known > 0) {
      return known;
    }
    switch (name) {
      case "CLD" -> {
        return 17;
      }
      case "POLL" -> {
        return 29;
      }
      case "IOT" -> {
        return 6;
      }
      default -> {}
    }
    if (name.matches("RTMIN(\\+[0-9]{1,2})?|RTMAX(-[0-9]{1,2})?")) {
      int base = name.startsWith("RTMIN") ? RTMIN : RTMAX;
      int offset = name.length() > 5 ? Integer.parseInt(name.substring(5).replace("+", "")) : 0;
      int number = base + offset;
      if (number >= RTMIN && number <= RTMAX) {
        return number;
      }
    }
    throw new EngineException(INVALID, "invalid signal: " + text);
  }
}
