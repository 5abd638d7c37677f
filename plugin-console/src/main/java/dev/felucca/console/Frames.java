package dev.felucca.console;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** What goes over the console's socket: a letter, a length, so many bytes; the same both ways. */
final class Frames {
  /**
   * To the engine: a terminal of the type that the bytes name; what follows is {@link #DATA},
   * {@link #SIZE} and {@link #END}.
   */
  static final int TERMINAL = 't';

  /** To the engine: the bytes are a script to run. */
  static final int SCRIPT = 's';

  /** Bytes typed, or bytes to show. */
  static final int DATA = 'd';

  /** To the engine: rows and columns in decimal. */
  static final int SIZE = 'w';

  /** To the engine: no more input will come. */
  static final int END = 'e';

  /** From the engine, last: one byte of exit code. */
  static final int EXIT = 'x';

  /** A script longer than this is refused before it is read into memory. */
  private static final int LONGEST = 1 << 20;

  private final DataInputStream in;
  private final DataOutputStream out;

  Frames(InputStream in, OutputStream out) {
    this.in = new DataInputStream(in);
    this.out = new DataOutputStream(out);
  }

  record Frame(int kind, byte[] bytes) {}

  /** A connection that ends between two frames ends as if {@link #END} had come. */
  Frame read() throws IOException {
    int kind = in.read();
    if (kind < 0) {
      return new Frame(END, new byte[0]);
    }
    int length = in.readInt();
    if (length < 0 || length > LONGEST) {
      throw new IOException("a console frame of " + length + " bytes");
    }
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException("the console connection broke inside a frame");
    }
    return new Frame(kind, bytes);
  }

  synchronized void write(int kind, byte[] bytes, int offset, int length) throws IOException {
    out.writeByte(kind);
    out.writeInt(length);
    out.write(bytes, offset, length);
    out.flush();
  }

  /** A stream whose every write is one frame to show. */
  OutputStream screen() {
    return new OutputStream() {
      @Override
      public void write(int single) throws IOException {
        write(new byte[] {(byte) single}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        Frames.this.write(DATA, bytes, offset, length);
      }
    };
  }
}
