package dev.felucca.linux.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Writes a tar in the ustar format with PAX records where that is too narrow, in one way only: the
 * same entries give the same bytes. Sparse files are GNU format 1.0, which GNU tar, bsdtar and Go's
 * archive/tar read.
 */
final class TarWriter {
  private static final int BLOCK = 512;
  private static final long OCTAL_11 = 0_77777777777L;
  private static final int OCTAL_7 = 0_7777777;
  private static final byte[] ZEROS = new byte[BLOCK];

  private static final int PIECE = 1 << 16;

  private final OutputStream out;
  private long stored;

  /** Nothing need be there before {@link #finish}. */
  TarWriter(OutputStream out) {
    // A small file is four writes of a block or two, each of which would cost a call or a hash.
    this.out = new BufferedOutputStream(out, PIECE);
  }

  /** Writes the headers, and the map of a sparse file; its content is {@link #content} next. */
  void header(TarEntry entry) throws IOException {
    SortedMap<String, byte[]> records = new TreeMap<>();
    SparseMap sparse = entry.sparse();
    String name = entry.name();
    byte[] map = new byte[0];
    stored = entry.size();
    if (sparse != null) {
      map = map(sparse);
      stored = map.length;
      for (int i = 0; i < sparse.count(); i++) {
        stored += sparse.length(i);
      }
      put(records, "GNU.sparse.major", "1");
      put(records, "GNU.sparse.minor", "0");
      put(records, "GNU.sparse.name", name);
      put(records, "GNU.sparse.realsize", Long.toString(entry.size()));
      name = "GNUSparseFile.0/" + name.substring(name.lastIndexOf('/') + 1);
    }
    if (!plain(name)) {
      put(records, "path", name);
    }
    if (!plain(entry.linkName())) {
      put(records, "linkpath", entry.linkName());
    }
    if (stored > OCTAL_11) {
      put(records, "size", Long.toString(stored));
    }
    long uid = entry.uid() & 0xffffffffL;
    long gid = entry.gid() & 0xffffffffL;
    if (uid > OCTAL_7) {
      put(records, "uid", Long.toString(uid));
    }
    if (gid > OCTAL_7) {
      put(records, "gid", Long.toString(gid));
    }
    FileStat.Time time = entry.modified();
    if (time.nanos() != 0 || time.seconds() < 0 || time.seconds() > OCTAL_11) {
      put(records, "mtime", decimal(time));
    }
    entry.xattrs().forEach((key, value) -> records.put("SCHILY.xattr." + key, value));
    if (!records.isEmpty()) {
      byte[] body = body(records);
      String base = name.replaceAll("/+$", "");
      String shown = ascii(base.substring(base.lastIndexOf('/') + 1));
      block(entry, "PaxHeaders/" + shown, "", 'x', body.length);
      write(body);
    }
    block(entry, ascii(name), ascii(entry.linkName()), entry.type(), stored);
    out.write(map);
    stored -= map.length;
  }

  /** Some of the content of the entry of the last {@link #header}. */
  void content(byte[] bytes, int length) throws IOException {
    out.write(bytes, 0, length);
    stored -= length;
    if (stored < 0) {
      throw new IllegalStateException("more content than the header says");
    }
  }

  /** To be called after the last content of a file of {@code size} stored bytes. */
  void pad(long size) throws IOException {
    if (stored != 0) {
      throw new IllegalStateException("less content than the header says");
    }
    out.write(ZEROS, 0, (int) (-size & BLOCK - 1));
  }

  /** The two blocks of zeros that end a tar. */
  void finish() throws IOException {
    out.write(ZEROS);
    out.write(ZEROS);
    out.flush();
  }

  private void write(byte[] body) throws IOException {
    out.write(body);
    out.write(ZEROS, 0, -body.length & BLOCK - 1);
  }

  private void block(TarEntry entry, String name, String link, char type, long size)
      throws IOException {
    byte[] block = new byte[BLOCK];
    text(block, 0, 100, name);
    boolean extension = type == 'x';
    octal(block, 100, 7, extension ? 0644 : entry.mode());
    octal(block, 108, 7, extension ? 0 : narrow(entry.uid()));
    octal(block, 116, 7, extension ? 0 : narrow(entry.gid()));
    octal(block, 124, 11, size > OCTAL_11 ? 0 : size);
    long seconds = entry.modified().seconds();
    octal(block, 136, 11, extension || seconds < 0 || seconds > OCTAL_11 ? 0 : seconds);
    block[156] = (byte) type;
    text(block, 157, 100, link);
    text(block, 257, 6, "ustar");
    text(block, 263, 2, "00");
    octal(block, 329, 7, entry.deviceMajor());
    octal(block, 337, 7, entry.deviceMinor());
    int sum = 8 * ' ';
    for (byte b : block) {
      sum += b & 0xff;
    }
    octal(block, 148, 6, sum);
    block[155] = ' ';
    out.write(block);
  }

  private static long narrow(int id) {
    long value = id & 0xffffffffL;
    return value > OCTAL_7 ? 0 : value;
  }

  private static void text(byte[] block, int at, int width, String text) {
    byte[] bytes = text.getBytes(ISO_8859_1);
    System.arraycopy(bytes, 0, block, at, Math.min(width, bytes.length));
  }

  private static void octal(byte[] block, int at, int digits, long value) {
    long rest = value;
    for (int i = digits - 1; i >= 0; i--) {
      block[at + i] = (byte) ('0' + (rest & 7));
      rest >>>= 3;
    }
  }

  /** Whether ustar can hold it: ASCII, not too long, and no character a reader may stumble on. */
  private static boolean plain(String name) {
    return name.length() <= 100 && name.chars().allMatch(c -> c >= ' ' && c < 0x7f);
  }

  private static String ascii(String name) {
    String shown = name.replaceAll("[^ -~]", "_");
    return shown.length() <= 80 || plain(name) ? shown : shown.substring(0, 80);
  }

  private static void put(Map<String, byte[]> records, String key, String value) {
    records.put(key, value.getBytes(ISO_8859_1));
  }

  private static byte[] body(SortedMap<String, byte[]> records) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    records.forEach(
        (key, value) -> {
          byte[] name = key.getBytes(ISO_8859_1);
          int rest = name.length + value.length + 3;
          int length = rest + Integer.toString(rest).length();
          // The length counts its own digits.
          length = rest + Integer.toString(length).length();
          body.writeBytes((length + " ").getBytes(US_ASCII));
          body.writeBytes(name);
          body.write('=');
          body.writeBytes(value);
          body.write('\n');
        });
    return body.toByteArray();
  }

  private static byte[] map(SparseMap sparse) {
    StringBuilder lines = new StringBuilder().append(sparse.count()).append('\n');
    for (int i = 0; i < sparse.count(); i++) {
      lines.append(sparse.offset(i)).append('\n').append(sparse.length(i)).append('\n');
    }
    byte[] text = lines.toString().getBytes(US_ASCII);
    return Arrays.copyOf(text, text.length + (-text.length & BLOCK - 1));
  }

  static String decimal(FileStat.Time time) {
    if (time.nanos() == 0) {
      return Long.toString(time.seconds());
    }
    boolean negative = time.seconds() < 0;
    long seconds = negative ? -(time.seconds() + 1) : time.seconds();
    int nanos = negative ? 1_000_000_000 - time.nanos() : time.nanos();
    String fraction = "%09d".formatted(nanos).replaceAll("0+$", "");
    return (negative ? "-" : "") + seconds + "." + fraction;
  }
}
