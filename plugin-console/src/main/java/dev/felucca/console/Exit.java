package dev.felucca.console;

import java.io.IOException;
import java.util.List;
import org.apache.felix.gogo.jline.Shell;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.jspecify.annotations.Nullable;

/** {@code exit [CODE]}: leaves the console, or ends its script; the engine goes on. */
final class Exit implements Function {
  @Override
  public @Nullable Object execute(CommandSession session, List<Object> arguments)
      throws IOException {
    int code = arguments.isEmpty() ? 0 : code(String.valueOf(arguments.get(0)));
    if (session.get(Visit.LEAVE) instanceof Visit.Leave leave) {
      leave.with(code);
    } else if (Shell.getTerminal(session) instanceof FarTerminal terminal) {
      // Of a shell within the visitor's, which was given nothing but the terminal.
      terminal.hangUp();
    }
    return null;
  }

  private static int code(String text) throws IOException {
    if (!text.matches("\\d{1,3}") || Integer.parseInt(text) > 255) {
      throw new IOException("exit: a code is 0 to 255, not " + text);
    }
    return Integer.parseInt(text);
  }
}
