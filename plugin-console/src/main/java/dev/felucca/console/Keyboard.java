package dev.felucca.console;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.function.Consumer;
import org.jline.terminal.Size;
import org.jspecify.annotations.Nullable;

/**
 * The keys a far terminal sends, as a stream. What comes between them, changes of its size and
 * answers of the near end, is told aside also while nobody reads, up to 1 MiB of keys.
 */
final class Keyboard extends InputStream {
  private static final int MOST = 1 << 20;
  private static final Size UNKNOWN = new Size(80, 24);

  private final Frames frames;
  private final NearEnd near;
  private final Deque<byte[]> typed = new ArrayDeque<>();
  private int waiting;
  private int next;
  private boolean ended;
  private @Nullable IOException broken;

  Keyboard(Frames frames, NearEnd near) {
    this.frames = frames;
    this.near = near;
  }

  /** Begins to read the frames, in a thread of its own that ends with them. */
  void listen(Consumer<Size> resized) {
    new Thread(() -> carry(resized), "console-keys").start();
  }

  private void carry(Consumer<Size> resized) {
    try {
      while (true) {
        Frames.Frame frame = frames.read();
        switch (frame.kind()) {
          case Frames.DATA -> add(frame.bytes());
          case Frames.SIZE ->
              resized.accept(size(new String(frame.bytes(), StandardCharsets.US_ASCII)));
          case Frames.ANSWER -> near.answered(frame.bytes());
          case Frames.END -> {
            close();
            return;
          }
          default -> throw new IOException("unexpected console frame " + frame.kind());
        }
      }
    } catch (IOException e) {
      fail(e);
    }
  }

  /**
   * Of {@code ROWS COLUMNS}. Of a terminal that does not know its own, {@code 0 0} or nothing, it
   * is 24 by 80.
   */
  static Size size(String rowsAndColumns) throws IOException {
    if (rowsAndColumns.isBlank()) {
      return UNKNOWN;
    }
    String[] words = rowsAndColumns.strip().split(" ");
    try {
      Size size = new Size(Integer.parseInt(words[1]), Integer.parseInt(words[0]));
      return size.getRows() > 0 && size.getColumns() > 0 ? size : UNKNOWN;
    } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
      throw new IOException("not a terminal size: " + rowsAndColumns, e);
    }
  }

  private synchronized void add(byte[] keys) throws InterruptedIOException {
    while (waiting > 0 && waiting + keys.length > MOST && !ended) {
      await();
    }
    if (keys.length > 0) {
      typed.add(keys);
      waiting += keys.length;
      notifyAll();
    }
  }

  private synchronized void fail(IOException e) {
    broken = e;
    notifyAll();
  }

  /** What was typed before is still read. */
  @Override
  public synchronized void close() {
    ended = true;
    notifyAll();
  }

  private void await() throws InterruptedIOException {
    try {
      wait();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted at a console's keys");
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public synchronized int read(byte[] into, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, into.length);
    while (typed.isEmpty()) {
      if (broken != null) {
        throw broken;
      }
      if (ended) {
        return -1;
      }
      await();
    }
    byte[] chunk = typed.getFirst();
    int count = Math.min(length, chunk.length - next);
    System.arraycopy(chunk, next, into, offset, count);
    next += count;
    waiting -= count;
    if (next == chunk.length) {
      typed.removeFirst();
      next = 0;
    }
    notifyAll();
    return count;
  }
}
