package dev.felucca.shell;

import java.io.InputStream;
import java.io.PrintStream;
import org.apache.felix.service.command.CommandSession;
import org.jspecify.annotations.Nullable;

/**
 * Where a command reads and writes.
 *
 * @param terminal JLine's terminal, an Object here since JLine may be missing; null where there is
 *     none
 */
record Console(InputStream in, PrintStream out, PrintStream err, @Nullable Object terminal) {
  static Console of(CommandSession session) {
    return new Console(
        session.getKeyboard(), session.getConsole(), System.err, session.get(".terminal"));
  }

  void print(String line) {
    out.println(line);
  }
}
