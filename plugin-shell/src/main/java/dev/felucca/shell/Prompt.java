package dev.felucca.shell;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Asks at the terminal. */
final class Prompt {
  private Prompt() {}

  /** What is typed up to return; null when it was broken off. */
  static @Nullable String line(Console console, String question, boolean echo) throws IOException {
    Object terminal = console.terminal();
    if (terminal == null) {
      return null;
    }
    console.out().print(question);
    console.out().flush();
    StringBuilder typed = new StringBuilder();
    byte[] keys = new byte[64];
    try (RawTerminal raw = RawTerminal.enter(terminal)) {
      while (true) {
        int count = raw.read(keys, () -> false);
        for (char key :
            new String(keys, 0, Math.max(0, count), StandardCharsets.UTF_8).toCharArray()) {
          if (key == '\r' || key == '\n') {
            console.out().print("\r\n");
            console.out().flush();
            return typed.toString();
          }
          if (key == 3 || key == 4) {
            return null;
          }
          if (key == 127 || key == 8) {
            typed.setLength(Math.max(0, typed.length() - 1));
          } else {
            typed.append(key);
            if (echo) {
              console.out().print(key);
              console.out().flush();
            }
          }
        }
        if (count < 0) {
          return null;
        }
      }
    }
  }
}
