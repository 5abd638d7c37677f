package dev.felucca.shell;

import dev.felucca.kernel.isolation.ConsoleSize;
import java.util.function.Consumer;
import org.jline.terminal.Attributes;
import org.jline.terminal.Terminal;

/** A JLine terminal in raw mode: every key goes to the process, Ctrl-C included. */
final class RawTerminal implements AutoCloseable {
  private final Terminal terminal;
  private final Attributes before;
  private final Terminal.SignalHandler beforeResize;

  private RawTerminal(Terminal terminal) {
    this.terminal = terminal;
    before = terminal.enterRawMode();
    // enterRawMode leaves these on: Ctrl-C would interrupt the shell, and newlines would be doubled
    // with returns.
    Attributes raw = terminal.getAttributes();
    raw.setLocalFlag(Attributes.LocalFlag.ISIG, false);
    raw.setOutputFlag(Attributes.OutputFlag.OPOST, false);
    terminal.setAttributes(raw);
    beforeResize = terminal.handle(Terminal.Signal.WINCH, Terminal.SignalHandler.SIG_IGN);
  }

  static RawTerminal enter(Object terminal) {
    return new RawTerminal((Terminal) terminal);
  }

  void onResize(Consumer<ConsoleSize> listener) {
    terminal.handle(Terminal.Signal.WINCH, signal -> listener.accept(size()));
    listener.accept(size());
  }

  private ConsoleSize size() {
    return new ConsoleSize(terminal.getHeight(), terminal.getWidth());
  }

  @Override
  public void close() {
    terminal.handle(Terminal.Signal.WINCH, beforeResize);
    terminal.setAttributes(before);
  }
}
