package dev.felucca.shell;

import java.io.InputStream;
import java.io.PrintStream;
import java.util.function.UnaryOperator;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Process;
import org.jspecify.annotations.Nullable;

/**
 * Where a command reads and writes.
 *
 * @param terminal JLine's terminal, an Object here since JLine may be missing; null where there is
 *     none
 * @param pipedIn whether another command's output is what it reads
 * @param pipedOut whether another command reads what it writes
 * @param near the configuration of the docker client where the person is
 */
record Console(
    InputStream in,
    PrintStream out,
    PrintStream err,
    @Nullable Object terminal,
    NearConfig near,
    boolean pipedIn,
    boolean pipedOut) {
  static Console of(CommandSession session) {
    Process process = Process.Utils.current();
    boolean in = process != null && !process.isTty(0);
    boolean out = process != null && !process.isTty(1);
    return new Console(
        in ? process.in() : session.getKeyboard(),
        out ? process.out() : session.getConsole(),
        process == null ? session.getConsole() : process.err(),
        session.get(".terminal"),
        near(session.get(".near")),
        in,
        out);
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
