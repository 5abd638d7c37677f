package dev.felucca.log.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.felucca.kernel.isolation.OutputStreamKind;
import dev.felucca.kernel.log.LogEntry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import org.jspecify.annotations.Nullable;

/**
 * One entry as Docker's json-file has it: {@code {"log":"…\n","stream":"stdout","time":"…"}}. Bytes
 * that aren't UTF-8 are written as U+FFFD, one for each, as Docker does.
 */
final class JsonLine {
  private static final JsonFactory JSON = new JsonFactory();
  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  private JsonLine() {}

  static void encode(LogEntry entry, ByteArrayOutputStream out) {
    ascii("{\"log\":\"", out);
    escape(entry.line(), out);
    ascii("\",\"stream\":\"", out);
    ascii(entry.stream() == OutputStreamKind.STDOUT ? "stdout" : "stderr", out);
    ascii("\",\"time\":\"", out);
    ascii(entry.time().toString(), out);
    ascii("\"}\n", out);
  }

  /**
   * The entry, or null for a line that isn't one: foreign text in the file must not hide the rest.
   */
  static @Nullable LogEntry decode(byte[] line, int length) {
    String log = null;
    OutputStreamKind stream = OutputStreamKind.STDOUT;
    Instant time = null;
    try (JsonParser parser = JSON.createParser(line, 0, length)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return null;
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String field = parser.currentName();
        parser.nextToken();
        switch (field) {
          case "log" -> log = parser.getText();
          case "stream" -> {
            if ("stderr".equals(parser.getText())) {
              stream = OutputStreamKind.STDERR;
            }
          }
          case "time" -> time = Instant.parse(parser.getText());
          default -> parser.skipChildren();
        }
      }
    } catch (IOException | DateTimeParseException e) {
      return null;
    }
    return log == null || time == null
        ? null
        : new LogEntry(stream, time, log.getBytes(StandardCharsets.UTF_8));
  }

  private static void escape(byte[] raw, ByteArrayOutputStream out) {
    int start = 0;
    int at = 0;
    while (at < raw.length) {
      int octet = raw[at] & 0xff;
      if (octet < 0x80) {
        if (octet >= 0x20
            && octet != '"'
            && octet != '\\'
            && octet != '<'
            && octet != '>'
            && octet != '&') {
          at++;
          continue;
        }
        out.write(raw, start, at - start);
        escapeAscii(octet, out);
        start = ++at;
        continue;
      }
      int length = sequence(raw, at);
      if (length == 0) {
        out.write(raw, start, at - start);
        ascii("\\ufffd", out);
        start = ++at;
      } else {
        at += length;
      }
    }
    out.write(raw, start, at - start);
  }

  private static void escapeAscii(int octet, ByteArrayOutputStream out) {
    switch (octet) {
      case '"', '\\' -> {
        out.write('\\');
        out.write(octet);
      }
      case '\n' -> ascii("\\n", out);
      case '\r' -> ascii("\\r", out);
      default -> {
        ascii("\\u00", out);
        out.write(HEX[octet >> 4]);
        out.write(HEX[octet & 15]);
      }
    }
  }

  /** The length of the well-formed UTF-8 sequence at {@code at} (RFC 3629), or 0. */
  private static int sequence(byte[] raw, int at) {
    int first = raw[at] & 0xff;
    int length =
        first >= 0xc2 && first <= 0xdf
            ? 2
            : first >= 0xe0 && first <= 0xef ? 3 : first >= 0xf0 && first <= 0xf4 ? 4 : 0;
    if (length == 0 || at + length > raw.length) {
      return 0;
    }
    int second = raw[at + 1] & 0xff;
    int low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    int high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (second < low || second > high) {
      return 0;
    }
    for (int next = 2; next < length; next++) {
      if ((raw[at + next] & 0xc0) != 0x80) {
        return 0;
      }
    }
    return length;
  }

  private static void ascii(String text, ByteArrayOutputStream out) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    out.write(bytes, 0, bytes.length);
  }
}
