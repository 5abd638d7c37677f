package dev.felucca.logging;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** Where lines go. */
interface Sink extends AutoCloseable {
  /** A service manager or {@code felucca up} decides where that goes. */
  Sink STANDARD_ERROR = new Stream(new FileOutputStream(FileDescriptor.err));

  /** Never throws: there is nowhere to say it. */
  void write(String lines);

  @Override
  void close();

  /** Onto a stream that is not closed here. */
  final class Stream implements Sink {
    private final OutputStream out;

    Stream(OutputStream out) {
      this.out = out;
    }

    @Override
    public synchronized void write(String lines) {
      try {
        out.write(lines.getBytes(StandardCharsets.UTF_8));
        out.flush();
      } catch (IOException nobodyReads) {
        // As System.err does.
      }
    }

    @Override
    public void close() {}
  }
}
