package dev.felucca.console;

import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;

/** What goes over the console's socket: a letter, a length, so many bytes; the same both ways. */
final class Frames implements AutoCloseable {
  /**
   * To the engine: a terminal, its type and behind a newline its size as of {@link #SIZE}, so that
   * nothing is drawn for another size; what follows is {@link #DATA}, {@link #SIZE} and {@link
   * #END}.
   */
  static final int TERMINAL = 't';

  /** To the engine: the bytes are a script to run. */
  static final int SCRIPT = 's';

  /** Bytes typed, or bytes to show. */
  static final int DATA = 'd';

  /** From the engine: bytes to show beside the output of a script: what went wrong with it. */
  static final int TROUBLE = 'r';

  /** To the engine: rows and columns in decimal. */
  static final int SIZE = 'w';

  /** To the engine: no more input will come. */
  static final int END = 'e';

  /** From the engine: a question that only the visitor's side can answer, see {@link NearEnd}. */
  static final int ASK = 'q';

  /** To the engine: the answer to the question before. */
  static final int ANSWER = 'a';

  /** From the engine, last: one byte of exit code. */
  static final int EXIT = 'x';

  /** A script longer than this is refused before it is read into memory. */
  private static final int LONGEST = 1 << 20;

  private final ReadableByteChannel in;
  private final Outbox out;

  /**
   * Takes channels and not the streams of {@link java.nio.channels.Channels}: of one socket, those
   * of JDK 17 read and write under one lock, so a blocked read stops every write.
   */
  Frames(ReadableByteChannel in, WritableByteChannel out) {
    this.in = in;
    this.out = new Outbox(out);
  }

  record Frame(int kind, byte[] bytes) {}

  /** A connection that ends between two frames ends as if {@link #END} had come. */
  Frame read() throws IOException {
    ByteBuffer head = ByteBuffer.allocate(1 + Integer.BYTES);
    if (!fill(head)) {
      if (head.position() > 0) {
        throw new EOFException("the console connection broke inside a frame");
      }
      return new Frame(END, new byte[0]);
    }
    int kind = head.flip().get();
    int length = head.getInt();
    if (length < 0 || length > LONGEST) {
      throw new IOException("a console frame of " + length + " bytes");
    }
    ByteBuffer bytes = ByteBuffer.allocate(length);
    if (!fill(bytes)) {
      throw new EOFException("the console connection broke inside a frame");
    }
    return new Frame(kind, bytes.array());
  }

  private boolean fill(ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      if (in.read(buffer) < 0) {
        return false;
      }
    }
    return true;
  }

  void write(int kind, byte[] bytes, int offset, int length) throws IOException {
    ByteBuffer frame = ByteBuffer.allocate(1 + Integer.BYTES + length);
    out.send(frame.put((byte) kind).putInt(length).put(bytes, offset, length).flip());
  }

  /** Returns when all frames are written; leaves the channels open. */
  @Override
  public void close() throws IOException {
    out.close();
  }

  /**
   * A stream of what is to be shown; a flush or 8 KiB make a frame.
   *
   * @param kind {@link #DATA} or {@link #TROUBLE}
   */
  OutputStream screen(int kind) {
    OutputStream unbuffered =
        new OutputStream() {
          @Override
          public void write(int single) throws IOException {
            write(new byte[] {(byte) single}, 0, 1);
          }

          @Override
          public void write(byte[] bytes, int offset, int length) throws IOException {
            Frames.this.write(kind, bytes, offset, length);
          }
        };
    return new BufferedOutputStream(unbuffered);
  }
}
