package dev.felucca.linux.layer;

import static dev.felucca.linux.layer.TarNumbers.naturalDecimal;

import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The records of one PAX extended header (pax(1), "pax Extended Header"). Values stay bytes: file
 * capabilities and names that are not UTF-8 do not survive a decoder.
 */
final class PaxRecords {
  private static final String SCHILY = "SCHILY.xattr.";
  private static final String LIBARCHIVE = "LIBARCHIVE.xattr.";

  private final Map<String, String> values = new HashMap<>();
  private final SortedMap<String, byte[]> xattrs = new TreeMap<>();
  private final SparseMap sparse = new SparseMap();
  private long sparseOffset = -1;

  static PaxRecords parse(byte[] body) throws InvalidLayerException {
    PaxRecords records = new PaxRecords();
    int at = 0;
    while (at < body.length && body[at] != 0) {
      int space = at;
      long length = 0;
      while (space < body.length && body[space] >= '0' && body[space] <= '9' && length < 1 << 24) {
        length = length * 10 + body[space++] - '0';
      }
      int end = (int) (at + length);
      if (space == at
          || space >= body.length
          || body[space] != ' '
          || end > body.length
          || end <= space + 1
          || body[end - 1] != '\n') {
        throw new InvalidLayerException("damaged PAX record");
      }
      String record = RawName.of(Arrays.copyOfRange(body, space + 1, end - 1));
      int equals = record.indexOf('=');
      if (equals <= 0) {
        throw new InvalidLayerException("PAX record without a keyword");
      }
      records.add(record.substring(0, equals), record.substring(equals + 1));
      at = end;
    }
    return records;
  }

  private void add(String key, String value) throws InvalidLayerException {
    if (key.startsWith(SCHILY)) {
      xattrs.put(key.substring(SCHILY.length()), RawName.bytes(value));
    } else if (key.startsWith(LIBARCHIVE)) {
      xattrs.putIfAbsent(percentDecoded(key.substring(LIBARCHIVE.length())), base64(value));
    } else if (key.equals("GNU.sparse.offset")) {
      sparseOffset = naturalDecimal(value);
    } else if (key.equals("GNU.sparse.numbytes")) {
      if (sparseOffset < 0) {
        throw new InvalidLayerException("sparse length without an offset");
      }
      sparse.add(sparseOffset, naturalDecimal(value));
      sparseOffset = -1;
    } else if (value.isEmpty()) {
      values.remove(key);
    } else {
      values.put(key, value);
    }
  }

  @Nullable String text(String key) throws InvalidLayerException {
    String value = values.get(key);
    if (value != null && value.indexOf('\0') >= 0) {
      throw new InvalidLayerException("NUL in PAX record " + key);
    }
    return value;
  }

  long number(String key, long otherwise) throws InvalidLayerException {
    String value = values.get(key);
    return value == null ? otherwise : naturalDecimal(value);
  }

  FileStat.Time time(String key, FileStat.Time otherwise) throws InvalidLayerException {
    String value = values.get(key);
    return value == null ? otherwise : TarNumbers.time(value);
  }

  SortedMap<String, byte[]> xattrs() {
    return xattrs;
  }

  /** True for GNU format 1.0, whose map is at the start of the content. */
  boolean sparseMapInContent() {
    return "1".equals(values.get("GNU.sparse.major"));
  }

  /** The map of formats 0.0 and 0.1, or null when the entry has none. */
  @Nullable SparseMap sparseMap() throws InvalidLayerException {
    String map = values.get("GNU.sparse.map");
    if (map == null) {
      boolean counted = values.containsKey("GNU.sparse.numblocks");
      return sparse.count() > 0 || counted ? sparse : null;
    }
    SparseMap parsed = new SparseMap();
    String[] numbers = map.split(",");
    if (numbers.length % 2 != 0) {
      throw new InvalidLayerException("sparse map with an odd count of numbers");
    }
    for (int i = 0; i < numbers.length; i += 2) {
      parsed.add(naturalDecimal(numbers[i]), naturalDecimal(numbers[i + 1]));
    }
    return parsed;
  }

  private static byte[] base64(String value) throws InvalidLayerException {
    try {
      return Base64.getDecoder().decode(value.strip());
    } catch (IllegalArgumentException e) {
      throw new InvalidLayerException("damaged base64 in a PAX record", e);
    }
  }

  private static String percentDecoded(String name) {
    StringBuilder decoded = new StringBuilder();
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c == '%' && i + 2 < name.length() && isHex(name, i + 1) && isHex(name, i + 2)) {
        decoded.append((char) Integer.parseInt(name.substring(i + 1, i + 3), 16));
        i += 2;
      } else {
        decoded.append(c);
      }
    }
    return decoded.toString();
  }

  private static boolean isHex(String text, int at) {
    return Character.digit(text.charAt(at), 16) >= 0;
  }
}
