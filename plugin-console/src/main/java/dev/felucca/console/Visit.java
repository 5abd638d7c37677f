package dev.felucca.console;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.apache.felix.gogo.jline.Shell;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Converter;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.impl.ExternalTerminal;

/** One connection to the console, from its first frame to its exit code. */
final class Visit {
  private static final String NEAR = ".near";

  private final Frames frames;
  private final CommandProcessor processor;
  private final Shell shell;

  Visit(Frames frames, CommandProcessor processor, Shell shell) {
    this.frames = frames;
    this.processor = processor;
    this.shell = shell;
  }

  /**
   * Returns when the visitor left or the script ended; a connection that broke is an {@link
   * IOException}.
   */
  void serve() throws IOException {
    Frames.Frame first = frames.read();
    String text = new String(first.bytes(), StandardCharsets.UTF_8);
    int code =
        switch (first.kind()) {
          case Frames.TERMINAL -> terminal(text);
          case Frames.SCRIPT -> script(text);
          case Frames.END -> 0;
          default ->
              throw new IOException("a console connection cannot begin with frame " + first.kind());
        };
    frames.write(Frames.EXIT, new byte[] {(byte) code}, 0, 1);
  }

  private int terminal(String type) throws IOException {
    // The stream is made before the terminal that hears its sizes, so it goes through this cell.
    Terminal[] cell = new Terminal[1];
    NearEnd near = new NearEnd(frames, false);
    InputStream keys = new Keyboard(frames, near, (columns, rows) -> resize(cell, columns, rows));
    try (ExternalTerminal terminal =
        new ExternalTerminal("felucca", type, keys, frames.screen(), StandardCharsets.UTF_8)) {
      cell[0] = terminal;
      terminal.resume();
      PrintStream out = new PrintStream(terminal.output(), true, StandardCharsets.UTF_8);
      try (CommandSession session = processor.createSession(terminal.input(), out, out)) {
        session.put(Shell.VAR_TERMINAL, terminal);
        session.put(NEAR, near);
        shell.gosh(session, new String[] {"--login", "--noshutdown"});
      } catch (IOException e) {
        throw e;
      } catch (Exception e) {
        out.println("felucca: " + e);
        return 1;
      }
      return 0;
    }
  }

  private static void resize(Terminal[] cell, int columns, int rows) {
    cell[0].setSize(new Size(columns, rows));
    cell[0].raise(Terminal.Signal.WINCH);
  }

  private int script(String text) throws IOException {
    try (PrintStream out = new PrintStream(frames.screen(), false, StandardCharsets.UTF_8);
        CommandSession session = processor.createSession(InputStream.nullInputStream(), out, out)) {
      session.put("SCOPE", "felucca:gogo:*");
      session.put(NEAR, new NearEnd(frames, true));
      Object result = session.execute(text);
      if (result != null) {
        out.println(session.format(result, Converter.INSPECT));
      }
      out.flush();
      return 0;
    } catch (Exception e) {
      byte[] message = ("felucca: " + e.getMessage() + "\n").getBytes(StandardCharsets.UTF_8);
      frames.write(Frames.TROUBLE, message, 0, message.length);
      return 1;
    }
  }
}
