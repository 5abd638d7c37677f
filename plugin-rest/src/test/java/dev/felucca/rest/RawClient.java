package dev.felucca.rest;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Speaks raw bytes, so that what the server does with them is seen byte by byte. */
final class RawClient implements AutoCloseable {
  final SocketChannel channel;
  private final ByteBuffer buffer = ByteBuffer.allocate(65_536).limit(0);

  RawClient(SocketChannel channel) {
    this.channel = channel;
  }

  RawClient send(String text) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
    return this;
  }

  RawClient get(String path) throws IOException {
    return send("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
  }

  RawClient post(String path, String json) throws IOException {
    return send(
        "POST "
            + path
            + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
            + json.getBytes(StandardCharsets.UTF_8).length
            + "\r\n\r\n"
            + json);
  }

  RawClient halfClose() throws IOException {
    channel.shutdownOutput();
    return this;
  }

  /** -1 at the end. */
  int read() throws IOException {
    if (!buffer.hasRemaining()) {
      buffer.clear();
      int count = channel.read(buffer);
      buffer.flip();
      if (count <= 0) {
        buffer.limit(0);
        return -1;
      }
    }
    return buffer.get() & 0xff;
  }

  /** What one read brings, as a client that reads through a buffer gets it. */
  String piece() throws IOException {
    StringBuilder piece = new StringBuilder().append((char) read());
    while (buffer.hasRemaining()) {
      piece.append((char) read());
    }
    return piece.toString();
  }

  String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int c = read(); c != '\n'; c = read()) {
      if (c < 0) {
        throw new IOException("closed after: " + line);
      }
      line.write(c);
    }
    String text = line.toString(StandardCharsets.ISO_8859_1);
    return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
  }

  byte[] bytes(int count) throws IOException {
    byte[] bytes = new byte[count];
    for (int i = 0; i < count; i++) {
      int c = read();
      if (c < 0) {
        throw new IOException("closed after " + i + " of " + count + " bytes");
      }
      bytes[i] = (byte) c;
    }
    return bytes;
  }

  /** All that comes until the server closes. */
  String rest() throws IOException {
    ByteArrayOutputStream rest = new ByteArrayOutputStream();
    for (int c = read(); c >= 0; c = read()) {
      rest.write(c);
    }
    return rest.toString(StandardCharsets.ISO_8859_1);
  }

  /** Status line and headers. */
  Head head() throws IOException {
    String status = line();
    Map<String, String> headers = new LinkedHashMap<>();
    for (String line = line(); !line.isEmpty(); line = line()) {
      int colon = line.indexOf(':');
      headers.put(
          line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
    }
    return new Head(status, Integer.parseInt(status.split(" ")[1]), headers);
  }

  /** A whole answer: by its length, or chunked. */
  Answer answer() throws IOException {
    Head head = head();
    StringBuilder body = new StringBuilder();
    if ("chunked".equals(head.headers.get("transfer-encoding"))) {
      for (String chunk = chunk(); !chunk.isEmpty(); chunk = chunk()) {
        body.append(chunk);
      }
    } else if (head.headers.containsKey("content-length")) {
      body.append(
          new String(
              bytes(Integer.parseInt(head.headers.get("content-length"))), StandardCharsets.UTF_8));
    }
    return new Answer(head, body.toString());
  }

  /** Empty for the last one. */
  String chunk() throws IOException {
    int size = Integer.parseInt(line(), 16);
    String text = new String(bytes(size), StandardCharsets.UTF_8);
    line();
    return text;
  }

  /** A frame of a multiplexed stream: its stream's number, a colon and its text. */
  String frame() throws IOException {
    byte[] header = bytes(8);
    int size = ByteBuffer.wrap(header, 4, 4).getInt();
    return header[0] + ":" + new String(bytes(size), StandardCharsets.ISO_8859_1);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  record Head(String line, int status, Map<String, String> headers) {}

  record Answer(Head head, String body) {
    int status() {
      return head.status();
    }
  }
}
