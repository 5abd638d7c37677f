package dev.felucca.shell;

import java.io.InputStream;
import java.io.PrintStream;
import java.util.function.UnaryOperator;
import org.apache.felix.service.command.CommandSession;
import org.jspecify.annotations.Nullable;

/**
 * Where a command reads and writes.
 *
 * @param terminal JLine's terminal, an Object here since JLine may be missing; null where there is
 *     none
 * @param near the configuration of the docker client where the person is
 */
record Console(
    InputStream in, PrintStream out, PrintStream err, @Nullable Object terminal, NearConfig near) {
  static Console of(CommandSession session) {
    return new Console(
        session.getKeyboard(),
        session.getConsole(),
        System.err,
        session.get(".terminal"),
        near(session.get(".near")));
  }

  @SuppressWarnings("unchecked") // a type of the JDK's is all that the two bundles have in common
  private static NearConfig near(@Nullable Object asked) {
    return new NearConfig(
        asked instanceof UnaryOperator<?> operator ? (UnaryOperator<byte[]>) operator : null);
  }

  Logins logins() {
    return new Logins(near);
  }

  void print(String line) {
    out.println(line);
  }
}
