package dev.felucca.shell;

import java.io.IOException;
import java.util.function.BooleanSupplier;
import org.jline.terminal.Terminal;
import org.jline.utils.NonBlockingReader;

/**
 * What is typed at a JLine terminal, for who has the terminal at the moment: a key that is not
 * asked for stays for who has it next.
 */
final class Keys {
  static final int END = -1;
  static final int NONE = -2;
  private static final long LOOK_UP_MILLIS = 200;

  private final NonBlockingReader reader;

  private Keys(NonBlockingReader reader) {
    this.reader = reader;
  }

  static Keys of(Object terminal) {
    return new Keys(((Terminal) terminal).reader());
  }

  /** Waits for the next character; {@link #NONE} when {@code done} became true before one came. */
  synchronized int next(BooleanSupplier done) throws IOException {
    int seen;
    do {
      if (done.getAsBoolean()) {
        return NONE;
      }
      seen = reader.peek(LOOK_UP_MILLIS);
    } while (seen == NonBlockingReader.READ_EXPIRED);
    if (done.getAsBoolean()) {
      return NONE; // what was seen came behind the end
    }
    if (seen < 0) {
      return END;
    }
    char key = (char) reader.read();
    return Character.isHighSurrogate(key) ? Character.toCodePoint(key, (char) reader.read()) : key;
  }

  /** Whether one is there already. */
  synchronized boolean more() throws IOException {
    return reader.peek(1) >= 0;
  }

  /** Returns when nobody waits in {@link #next} who knows of no end yet. */
  synchronized void settle() {
    // the lock is all it takes
  }
}
