package dev.felucca.console;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.felix.gogo.jline.Shell;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Converter;
import org.jline.terminal.Size;

/** One connection to the console, from its first frame to its exit code. */
final class Visit {
  private static final String NEAR = ".near";
  static final String LEAVE = ".leave";

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

  /**
   * What {@code exit} finds in the session; a type of our own, so nobody else's variable is taken
   * for it.
   */
  interface Leave {
    void with(int code) throws IOException;
  }

  /** Ends a script where it is. */
  private static final class Left extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final int code;

    Left(int code) {
      super("exit " + code);
      this.code = code;
    }
  }

  private int terminal(String typeAndSize) throws IOException {
    String[] lines = typeAndSize.split("\n", 2);
    Size size = Keyboard.size(lines.length > 1 ? lines[1] : "");
    NearEnd near = new NearEnd(frames, false);
    try (Keyboard keys = new Keyboard(frames, near);
        FarTerminal terminal = new FarTerminal(lines[0], size, keys, frames.screen(Frames.DATA))) {
      keys.listen(terminal::resize);
      terminal.resume();
      PrintStream out = new PrintStream(terminal.output(), true, StandardCharsets.UTF_8);
      try (CommandSession session = processor.createSession(terminal.input(), out, out)) {
        session.put(Shell.VAR_TERMINAL, terminal);
        session.put(NEAR, near);
        AtomicInteger code = new AtomicInteger();
        session.put(
            LEAVE,
            (Leave)
                asked -> {
                  code.set(asked);
                  terminal.hangUp(); // as Ctrl-D does, for a shell within this one, too
                });
        shell.gosh(session, new String[] {"--login", "--noshutdown"});
        return code.get();
      } catch (IOException e) {
        throw e;
      } catch (Exception e) {
        out.println("felucca: " + e);
        return 1;
      }
    }
  }

  private int script(String text) throws IOException {
    try (PrintStream out = printer(Frames.DATA, false);
        PrintStream err = printer(Frames.TROUBLE, true);
        CommandSession session = processor.createSession(InputStream.nullInputStream(), out, err)) {
      session.put("SCOPE", "felucca:gogo:*");
      session.put(NEAR, new NearEnd(frames, true));
      session.put(
          LEAVE,
          (Leave)
              code -> {
                throw new Left(code);
              });
      int code = run(session, text, out, err);
      out.flush();
      return code;
    }
  }

  private PrintStream printer(int kind, boolean atOnce) {
    return new PrintStream(frames.screen(kind), atOnce, StandardCharsets.UTF_8);
  }

  /** Answers the exit code: of {@code exit}, or of the command that the script failed with. */
  private static int run(CommandSession session, String text, PrintStream out, PrintStream err) {
    try {
      // Gogo takes every session's output for a terminal, which this is not.
      session.execute("grep = { gogo:grep --color=never $args }");
      Object result = session.execute(text);
      if (result != null) {
        out.println(session.format(result, Converter.INSPECT));
      }
      return 0;
    } catch (Left left) {
      return left.code;
    } catch (Exception e) {
      out.flush();
      err.println("felucca: " + e.getMessage());
      return session.get("?") instanceof Integer code && code != 0 ? code : 1;
    }
  }
}
