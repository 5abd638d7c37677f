package dev.felucca.rest.http;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An answer's body as a stream that waits for a slow client. The answer begins with the first
 * bytes: what fails before them has a status of its own, and an answer that isn't finished is cut.
 */
public final class BodyOutput extends OutputStream {
  private static final int CHUNK = 1 << 18;
  private final Exchange exchange;
  private final String type;
  private final Map<String, String> headers;
  private @Nullable ByteBuf buffer;
  private @Nullable Body body;

  public BodyOutput(Exchange exchange, String type) {
    this(exchange, type, Map.of());
  }

  public BodyOutput(Exchange exchange, String type, Map<String, String> headers) {
    this.headers = headers;
    this.exchange = exchange;
    this.type = type;
  }

  @Override
  public void write(int one) throws IOException {
    write(new byte[] {(byte) one}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int from, int length) throws IOException {
    for (int done = 0; done < length; ) {
      ByteBuf filling = buffer;
      if (filling == null) {
        filling = Body.buffer(CHUNK);
        buffer = filling;
      }
      int n = Math.min(length - done, filling.writableBytes());
      filling.writeBytes(bytes, from + done, n);
      done += n;
      if (!filling.isWritable()) {
        send();
      }
    }
  }

  private void send() throws IOException {
    Body open = body;
    if (open == null) {
      open = exchange.stream(type, headers);
      body = open;
    }
    ByteBuf filled = buffer;
    buffer = null;
    if (filled != null) {
      open.sendSlowly(filled);
    }
  }

  /** Nothing: bytes leave in large pieces. */
  @Override
  public void flush() {}

  /** Sends the rest and ends the answer. */
  public void finish() throws IOException {
    send();
    Body open = body;
    if (open != null) {
      open.end();
    }
  }

  /** Drops what was not sent; it ends nothing. */
  @Override
  public void close() {
    ByteBuf left = buffer;
    buffer = null;
    if (left != null) {
      left.release();
    }
  }
}
