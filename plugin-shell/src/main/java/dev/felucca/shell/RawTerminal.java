package dev.felucca.shell;

import dev.felucca.kernel.isolation.ConsoleSize;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jline.terminal.Attributes;
import org.jline.terminal.Terminal;
import org.jline.utils.NonBlockingReader;

/** A JLine terminal in raw mode: every key goes to the process, Ctrl-C included. */
final class RawTerminal implements AutoCloseable {
  private static final long LOOK_UP_MILLIS = 200;

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

  /** Keys as they come; 0 when {@code done} became true while none came. */
  int read(byte[] buffer, BooleanSupplier done) throws IOException {
    NonBlockingReader reader = terminal.reader();
    int key;
    do {
      if (done.getAsBoolean()) {
        return 0;
      }
      key = reader.read(LOOK_UP_MILLIS);
    } while (key == NonBlockingReader.READ_EXPIRED);
    if (key < 0) {
      return -1;
    }
    StringBuilder keys = new StringBuilder().append((char) key);
    while (keys.length() < buffer.length / 4 && reader.peek(1) >= 0) {
      keys.append((char) reader.read());
    }
    byte[] bytes = keys.toString().getBytes(StandardCharsets.UTF_8);
    System.arraycopy(bytes, 0, buffer, 0, bytes.length);
    return bytes.length;
  }

  @Override
  public void close() {
    terminal.handle(Terminal.Signal.WINCH, beforeResize);
    terminal.setAttributes(before);
  }
}
