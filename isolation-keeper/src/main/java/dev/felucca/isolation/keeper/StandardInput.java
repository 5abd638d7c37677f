package dev.felucca.isolation.keeper;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;

import dev.felucca.isolation.shim.ShimFds;
import dev.felucca.isolation.shim.ShimProcess;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.isolation.ConsoleSize;
import dev.felucca.linux.Fd;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.pty.Terminal;
import java.io.IOException;
import java.nio.ByteBuffer;

/** What goes to a process with a shim: its standard input, and its terminal's size. */
final class StandardInput {
  private final Syscalls linux;
  private final ShimProcess shim;
  private final boolean tty;
  private final String whose;

  // Guarded by this.
  private boolean closed;

  /**
   * @param whose as messages name it, such as {@code container 4f1c…}
   */
  StandardInput(Syscalls linux, ShimProcess shim, boolean tty, boolean open, String whose) {
    this.linux = linux;
    this.shim = shim;
    this.tty = tty;
    this.whose = whose;
    this.closed = !open;
  }

  /** Waits while it is full. CONFLICT when it is closed, or nobody reads it any more. */
  void write(ByteBuffer bytes) throws IOException {
    Fd input;
    synchronized (this) {
      int number = tty ? ShimFds.MASTER : ShimFds.INPUT;
      if (closed || !shim.holds(number)) {
        throw new EngineException(CONFLICT, "standard input of " + whose + " is closed");
      }
      // Of its own: who closes the input meanwhile must not take it from under a write that waits.
      input = shim.descriptor(number).dup();
    }
    try (input) {
      if (!shim.writeInput(input, bytes)) {
        throw new EngineException(CONFLICT, "nobody reads standard input of " + whose);
      }
    }
  }

  /** The process reads the end behind what is being written. Repeats safely. */
  void close() throws IOException {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    if (!tty) {
      shim.closeInput();
    }
  }

  /** CONFLICT when there is no terminal. */
  void requireTerminal() {
    if (!tty) {
      throw new EngineException(CONFLICT, whose + " has no terminal");
    }
  }

  /** Nothing, once the terminal is gone. */
  void resize(ConsoleSize size) throws IOException {
    requireTerminal();
    if (shim.holds(ShimFds.MASTER)) {
      int master = shim.descriptor(ShimFds.MASTER).number();
      Terminal.resize(linux, master, size.rows(), size.columns());
    }
  }
}
