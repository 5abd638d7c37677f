package dev.felucca.rest.container;

import dev.felucca.kernel.isolation.OutputStreamKind;
import dev.felucca.kernel.log.LogEntry;
import dev.felucca.rest.json.GoTime;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Log entries as bytes for a client, gathered until they are worth a write. */
final class LogFrame {
  private static final int ENOUGH = 32 * 1024;
  private final boolean framed;
  private final boolean timestamps;
  private final boolean details;
  private final ByteArrayOutputStream gathered = new ByteArrayOutputStream();

  LogFrame(boolean framed, boolean timestamps, boolean details) {
    this.framed = framed;
    this.timestamps = timestamps;
    this.details = details;
  }

  void add(LogEntry entry) {
    String prefix = timestamps ? GoTime.fixed(entry.time()) + " " : "";
    // What details stand for, labels and environment chosen by log options, no driver keeps yet;
    // the space that ends them is there all the same, as from Docker.
    String detail = details ? " " : "";
    byte[] before = (prefix + detail).getBytes(StandardCharsets.US_ASCII);
    if (framed) {
      gathered.writeBytes(
          ByteBuffer.allocate(8)
              .put((byte) (entry.stream() == OutputStreamKind.STDERR ? 2 : 1))
              .put(new byte[3])
              .putInt(before.length + entry.line().length)
              .array());
    }
    gathered.writeBytes(before);
    gathered.writeBytes(entry.line());
  }

  boolean isEmpty() {
    return gathered.size() == 0;
  }

  boolean enough() {
    return gathered.size() >= ENOUGH;
  }

  byte[] take() {
    byte[] bytes = gathered.toByteArray();
    gathered.reset();
    return bytes;
  }
}
