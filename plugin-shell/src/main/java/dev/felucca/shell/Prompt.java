package dev.felucca.shell;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Asks at the terminal. */
final class Prompt {
  private Prompt() {}

  /** What is typed up to return, and no more; null when it was broken off. */
  static @Nullable String line(Console console, String question, boolean echo) throws IOException {
    Object terminal = console.terminal();
    if (terminal == null) {
      return null;
    }
    console.out().print(question);
    console.out().flush();
    StringBuilder typed = new StringBuilder();
    Keys keys = Keys.of(terminal);
    try (RawTerminal raw = RawTerminal.enter(terminal)) {
      while (true) {
        int key = keys.next(() -> false);
        if (key == '\r' || key == '\n') {
          console.out().print("\r\n");
          console.out().flush();
          return typed.toString();
        }
        if (key < 0 || key == 3 || key == 4) {
          return null;
        }
        if (key == 127 || key == 8) {
          typed.setLength(typed.isEmpty() ? 0 : typed.offsetByCodePoints(typed.length(), -1));
        } else {
          typed.appendCodePoint(key);
          if (echo) {
            console.out().print(Character.toString(key));
            console.out().flush();
          }
        }
      }
    }
  }
}
