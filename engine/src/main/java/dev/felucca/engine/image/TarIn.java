package dev.felucca.engine.image;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the tar around an image archive, in constant memory: names and contents of plain files and
 * links, in the forms of ustar, GNU and PAX. Layers themselves are read by the storage drivers.
 * INVALID for a damaged or truncated one.
 */
final class TarIn {
  private static final int BLOCK = 512;
  private static final int LONGEST_EXTENSION = 1 << 20;

  private final InputStream in;
  private final byte[] header = new byte[BLOCK];
  private long left;
  private int padding;

  TarIn(InputStream in) {
    this.in = in;
  }

  /**
   * @param type {@code 0} for a plain file, {@code 1} for a hard link, {@code 2} for a symbolic
   *     one, {@code 5} for a directory; others have no content
   */
  record Entry(String name, char type, String link, long size) {}

  /** The next entry, or null at the end; what is left of the one before is passed over. */
  @Nullable Entry next() throws IOException {
    skipRest();
    String longName = null;
    String longLink = null;
    Map<String, String> pax = Map.of();
    while (header()) {
      char type = (char) (header[156] & 0xff);
      long size = number(124, 12);
      switch (type) {
        case 'L' -> longName = text(extension(size));
        case 'K' -> longLink = text(extension(size));
        case 'x' -> pax = pax(extension(size));
        case 'g' -> extension(size);
        case 'S' -> throw damaged("a sparse file");
        default -> {
          char kind = type == 0 || type == '7' ? '0' : type;
          long content = Long.parseLong(pax.getOrDefault("size", String.valueOf(size)));
          if (content < 0) {
            throw damaged("a negative size");
          }
          boolean holds = kind == '0';
          left = holds ? content : 0;
          padding = holds ? (int) (-content & BLOCK - 1) : 0;
          return new Entry(
              pax.getOrDefault("path", longName == null ? headerName() : longName),
              kind,
              pax.getOrDefault("linkpath", longLink == null ? field(157, 100) : longLink),
              left);
        }
      }
    }
    return null;
  }

  /** Reads content of the current entry; -1 at its end. */
  int read(byte[] into) throws IOException {
    if (left == 0) {
      return -1;
    }
    int n = in.read(into, 0, (int) Math.min(into.length, left));
    if (n < 0) {
      throw damaged("unexpected EOF");
    }
    left -= n;
    return n;
  }

  /** Reads the stream to its end, so that whoever sends it is not cut off. */
  void drain() throws IOException {
    in.transferTo(OutputStream.nullOutputStream());
  }

  private void skipRest() throws IOException {
    byte[] scratch = new byte[1 << 16];
    while (read(scratch) >= 0) {
      continue;
    }
    if (in.readNBytes(padding).length < padding) {
      throw damaged("unexpected EOF");
    }
    padding = 0;
  }

  /** False at the end: of the stream, or two blocks of zeros. */
  private boolean header() throws IOException {
    for (int zeros = 0; zeros < 2; zeros++) {
      int n = in.readNBytes(header, 0, BLOCK);
      if (n == 0) {
        return false;
      }
      if (n < BLOCK) {
        throw damaged("unexpected EOF");
      }
      if (!blank()) {
        checksum();
        return true;
      }
    }
    return false;
  }

  private boolean blank() {
    for (byte one : header) {
      if (one != 0) {
        return false;
      }
    }
    return true;
  }

  private void checksum() {
    int sum = 0;
    for (int i = 0; i < BLOCK; i++) {
      sum += i >= 148 && i < 156 ? ' ' : header[i] & 0xff;
    }
    if (sum != number(148, 8)) {
      throw damaged("invalid tar header");
    }
  }

  private byte[] extension(long size) throws IOException {
    if (size < 0 || size > LONGEST_EXTENSION) {
      throw damaged("an extension of " + size + " bytes");
    }
    byte[] bytes = in.readNBytes((int) size);
    int pad = (int) (-size & BLOCK - 1);
    if (bytes.length < size || in.readNBytes(pad).length < pad) {
      throw damaged("unexpected EOF");
    }
    return bytes;
  }

  private static Map<String, String> pax(byte[] bytes) {
    Map<String, String> found = new HashMap<>();
    int at = 0;
    while (at < bytes.length) {
      int space = at;
      while (space < bytes.length && bytes[space] != ' ') {
        space++;
      }
      String digits = new String(bytes, at, space - at, StandardCharsets.ISO_8859_1);
      if (!digits.matches("[0-9]{1,7}")) {
        throw damaged("invalid PAX record");
      }
      int end = at + Integer.parseInt(digits);
      if (end <= space + 1 || end > bytes.length || bytes[end - 1] != '\n') {
        throw damaged("invalid PAX record");
      }
      String record = new String(bytes, space + 1, end - space - 2, StandardCharsets.UTF_8);
      int equals = record.indexOf('=');
      if (equals <= 0) {
        throw damaged("invalid PAX record");
      }
      found.put(record.substring(0, equals), record.substring(equals + 1));
      at = end;
    }
    if (found.keySet().stream().anyMatch(key -> key.startsWith("GNU.sparse."))) {
      throw damaged("a sparse file");
    }
    String size = found.get("size");
    if (size != null && !size.matches("[0-9]{1,18}")) {
      throw damaged("invalid PAX size");
    }
    return found;
  }

  private String headerName() {
    String prefix =
        new String(header, 257, 5, StandardCharsets.ISO_8859_1).equals("ustar") && header[262] == 0
            ? field(345, 155)
            : "";
    return prefix.isEmpty() ? field(0, 100) : prefix + "/" + field(0, 100);
  }

  private String field(int from, int length) {
    int end = from;
    while (end < from + length && header[end] != 0) {
      end++;
    }
    return new String(header, from, end - from, StandardCharsets.UTF_8);
  }

  private static String text(byte[] bytes) {
    String all = new String(bytes, StandardCharsets.UTF_8);
    int nul = all.indexOf(0);
    return nul < 0 ? all : all.substring(0, nul);
  }

  /** Octal digits, or GNU's base 256 for what doesn't fit them. */
  private long number(int from, int length) {
    if ((header[from] & 0x80) != 0) {
      long value = header[from] & 0x7f;
      for (int i = from + 1; i < from + length; i++) {
        if (value > Long.MAX_VALUE >> 8) {
          throw damaged("a number that is too large");
        }
        value = value << 8 | header[i] & 0xff;
      }
      return value;
    }
    String digits = field(from, length).strip();
    if (!digits.matches("[0-7]*")) {
      throw damaged("invalid tar header");
    }
    return digits.isEmpty() ? 0 : Long.parseLong(digits, 8);
  }

  private static EngineException damaged(String what) {
    return new EngineException(INVALID, "archive is damaged: " + what);
  }
}
