package dev.felucca.console;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Semaphore;
import org.jline.terminal.Size;
import org.jline.terminal.impl.ExternalTerminal;
import org.jline.utils.ClosedException;
import org.jline.utils.NonBlockingReader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engine's side of a visitor's terminal. It reads keys from {@link #resume} on. What was typed
 * and not read yet stays for the next reader: a command, an inner shell, or the shell they end in.
 */
final class FarTerminal extends ExternalTerminal {
  private static final int REDRAWS = 10;
  private static final int REDRAW_MILLIS = 100;
  private static final Logger LOG = LoggerFactory.getLogger(FarTerminal.class);

  private final NonBlockingReader reader = new OneByOne(super.reader());
  private final Semaphore resized = new Semaphore(0);
  private final Thread redraw = new Thread(this::redraw, "console-redraw");
  private final Object discipline = new Object();
  private boolean hungUp;

  FarTerminal(String type, Size size, InputStream keys, OutputStream screen) throws IOException {
    super(
        "felucca",
        type,
        keys,
        screen,
        StandardCharsets.UTF_8,
        SignalHandler.SIG_DFL,
        true,
        null,
        size);
    redraw.start();
  }

  @Override
  public NonBlockingReader reader() {
    return reader;
  }

  /** Whoever shows something is told soon, by another thread. */
  void resize(Size to) {
    setSize(to);
    resized.release();
  }

  /** JLine redraws in the thread that tells it, waits for its line reader, and may fail. */
  private void redraw() {
    try {
      while (true) {
        resized.acquire();
        resized.drainPermits();
        for (int tried = 1; !tellSize(tried == REDRAWS); tried++) {
          Thread.sleep(REDRAW_MILLIS);
        }
      }
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean tellSize(boolean last) {
    try {
      raise(Signal.WINCH);
      return true;
    } catch (RuntimeException e) {
      // A line reader that begins hears of sizes before it has anything to draw on (JLine 3.21).
      if (last) {
        LOG.warn("the new size of a console's terminal was not shown", e);
      }
      return last;
    }
  }

  /** Ends the input for all readers; what was typed and not read is nobody's any more. */
  void hangUp() throws IOException {
    input().close(); // first: a byte that waits for room holds the lock
    synchronized (discipline) {
      hungUp = true;
      try {
        while (slaveInput.available() > 0) {
          slaveInput.read();
        }
      } catch (ClosedException e) {
        LOG.debug("what was typed met the end of its terminal", e);
      }
    }
  }

  @Override
  protected boolean doProcessInputByte(int key) throws IOException {
    synchronized (discipline) {
      return !hungUp && super.doProcessInputByte(key);
    }
  }

  @Override
  protected void doClose() throws IOException {
    redraw.interrupt();
    super.doClose();
  }

  /**
   * Hands out no more than is asked for. JLine's own reads on behind the end of a paste, which
   * keeps what follows from everybody else, and drops a character that is not whole yet.
   */
  private static final class OneByOne extends NonBlockingReader {
    private final NonBlockingReader all;

    OneByOne(NonBlockingReader all) {
      this.all = all;
    }

    @Override
    protected int read(long timeout, boolean peek) throws IOException {
      return peek ? all.peek(timeout) : all.read(timeout);
    }

    @Override
    public int readBuffered(char[] into) throws IOException {
      return read(into, 0, into.length);
    }

    @Override
    public void shutdown() {
      all.shutdown();
    }

    @Override
    public void close() throws IOException {
      all.close();
    }
  }
}
