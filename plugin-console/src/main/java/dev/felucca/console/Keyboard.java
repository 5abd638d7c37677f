package dev.felucca.console;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * The keys a far terminal sends, as a stream; a change of its size is told aside when it comes up
 * between them.
 */
final class Keyboard extends InputStream {
  /** Hears each new size. */
  interface Resized {
    void to(int columns, int rows);
  }

  private final Frames frames;
  private final Resized resized;
  private final NearEnd near;
  private byte[] chunk = new byte[0];
  private int next;
  private boolean ended;

  Keyboard(Frames frames, NearEnd near, Resized resized) {
    this.near = near;
    this.frames = frames;
    this.resized = resized;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, into.length);
    while (next == chunk.length && !ended) {
      refill();
    }
    if (ended) {
      return -1;
    }
    int count = Math.min(length, chunk.length - next);
    System.arraycopy(chunk, next, into, offset, count);
    next += count;
    return count;
  }

  private void refill() throws IOException {
    Frames.Frame frame = frames.read();
    switch (frame.kind()) {
      case Frames.DATA -> {
        chunk = frame.bytes();
        next = 0;
      }
      case Frames.SIZE ->
          resize(new String(frame.bytes(), StandardCharsets.US_ASCII).strip().split(" "));
      case Frames.ANSWER -> near.answered(frame.bytes());
      case Frames.END -> ended = true;
      default -> throw new IOException("unexpected console frame " + frame.kind());
    }
  }

  private void resize(String[] rowsAndColumns) throws IOException {
    try {
      resized.to(Integer.parseInt(rowsAndColumns[1]), Integer.parseInt(rowsAndColumns[0]));
    } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
      throw new IOException("not a terminal size: " + String.join(" ", rowsAndColumns), e);
    }
  }
}
