package dev.felucca.linux.layer;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads a tar stream in constant memory: v7, ustar, GNU (long names, old sparse) and PAX (records,
 * sparse 0.0, 0.1, 1.0). Commons Compress decodes PAX values as UTF-8, which destroys file
 * capabilities and foreign names; hence a reader of our own.
 *
 * <p>As with GNU tar and Go's archive/tar, a stream that ends between two entries is complete even
 * without the closing zero blocks.
 */
final class TarReader {
  private static final int BLOCK = 512;
  private static final int EXTENSION_MAX = 1 << 20;

  private final InputStream in;
  private final byte[] buffer = new byte[128 * 1024];
  private final byte[] header = new byte[BLOCK];
  private int at;
  private int limit;
  private long left;
  private int padding;

  TarReader(InputStream in) {
    this.in = in;
  }

  /** The next entry, or null at the end; what is left of the one before is passed over. */
  @Nullable TarEntry next() throws IOException {
    skip(left);
    left = 0;
    skip(padding);
    padding = 0;
    PaxRecords pax = new PaxRecords();
    String longName = null;
    String longLink = null;
    while (true) {
      if (!readHeader()) {
        return null;
      }
      char type = (char) (header[156] & 0xff);
      switch (type) {
        case 'L' -> longName = untilNul(extension());
        case 'K' -> longLink = untilNul(extension());
        case 'x', 'X' -> pax = PaxRecords.parse(extension());
        // Global records (git writes a comment) say nothing about single files that counts here.
        case 'g' -> extension();
        default -> {
          return entry(type, pax, longName, longLink);
        }
      }
    }
  }

  /**
   * Moves up to {@code most} bytes of the current entry's stored content.
   *
   * @throws InvalidLayerException when the stream ends before they are there
   */
  void read(ByteBuffer into, int most) throws IOException {
    int wanted = most;
    while (wanted > 0) {
      if (at == limit && !fill()) {
        throw cutShort();
      }
      int some = Math.min(wanted, limit - at);
      into.put(buffer, at, some);
      at += some;
      left -= some;
      wanted -= some;
    }
  }

  /** Reads the stream to its end, whatever follows the tar. */
  void drain() throws IOException {
    do {
      at = limit;
    } while (fill());
  }

  private TarEntry entry(
      char flag, PaxRecords pax, @Nullable String longName, @Nullable String longLink)
      throws IOException {
    long stored = TarNumbers.natural(header, 124, 12);
    String name = longName == null ? headerName() : longName;
    String link = longLink == null ? field(157, 100) : longLink;
    String paxName = pax.text("path");
    String sparseName = pax.text("GNU.sparse.name");
    name = sparseName != null ? sparseName : paxName != null ? paxName : name;
    String paxLink = pax.text("linkpath");
    link = paxLink == null ? link : paxLink;
    stored = pax.number("size", stored);
    char type = type(flag, name);
    boolean hasContent = type == TarEntry.REGULAR;
    SparseMap sparse = null;
    long size = hasContent ? stored : 0;
    left = hasContent ? stored : 0;
    if (flag == 'S') {
      sparse = oldSparse();
      size = TarNumbers.natural(header, 483, 12);
    }
    padding = (int) (-stored & BLOCK - 1);
    if (!hasContent) {
      padding = 0;
    }
    if (hasContent && flag != 'S') {
      sparse = pax.sparseMapInContent() ? mapInContent() : pax.sparseMap();
      if (sparse != null) {
        size = pax.number("GNU.sparse.realsize", pax.number("GNU.sparse.size", size));
      }
    }
    if (sparse != null) {
      sparse.check(left, size);
    }
    return new TarEntry(
        name,
        type,
        (int) TarNumbers.natural(header, 100, 8) & 07777,
        id(pax.number("uid", TarNumbers.natural(header, 108, 8))),
        id(pax.number("gid", TarNumbers.natural(header, 116, 8))),
        size,
        pax.time("mtime", new FileStat.Time(TarNumbers.signed(header, 136, 12), 0)),
        link,
        device(type, 329),
        device(type, 337),
        new TreeMap<>(pax.xattrs()),
        sparse);
  }

  private static char type(char flag, String name) throws InvalidLayerException {
    return switch (flag) {
      case 0 -> name.endsWith("/") ? TarEntry.DIRECTORY : TarEntry.REGULAR;
      case '0', '7', 'S' -> TarEntry.REGULAR;
      case '1', '2', '3', '4', '5', '6' -> flag;
      default ->
          throw new InvalidLayerException(
              "tar entry " + RawName.display(name) + " has unknown type " + (int) flag);
    };
  }

  private static int id(long value) throws InvalidLayerException {
    // The last one is "no change" to chown(2).
    if (value >= 0xffffffffL) {
      throw new InvalidLayerException("user or group id out of range: " + value);
    }
    return (int) value;
  }

  private int device(char type, int offset) throws InvalidLayerException {
    if (type != TarEntry.CHARACTER && type != TarEntry.BLOCK) {
      return 0;
    }
    long number = TarNumbers.natural(header, offset, 8);
    if (number > 0xfffff) {
      throw new InvalidLayerException("device number out of range: " + number);
    }
    return (int) number;
  }

  private String headerName() {
    String name = field(0, 100);
    String magic = field(257, 6);
    String prefix = magic.equals("ustar") && header[262] == 0 ? field(345, 155) : "";
    return prefix.isEmpty() ? name : prefix + "/" + name;
  }

  private String field(int offset, int length) {
    int end = offset;
    while (end < offset + length && header[end] != 0) {
      end++;
    }
    return new String(header, offset, end - offset, StandardCharsets.ISO_8859_1);
  }

  private SparseMap oldSparse() throws IOException {
    SparseMap map = new SparseMap();
    addPairs(map, header, 386, 4);
    boolean more = header[482] != 0;
    byte[] block = new byte[BLOCK];
    while (more) {
      readFully(block);
      addPairs(map, block, 0, 21);
      more = block[504] != 0;
    }
    return map;
  }

  private static void addPairs(SparseMap map, byte[] block, int offset, int count)
      throws InvalidLayerException {
    for (int i = 0; i < count && block[offset + 24 * i + 12] != 0; i++) {
      map.add(
          TarNumbers.natural(block, offset + 24 * i, 12),
          TarNumbers.natural(block, offset + 24 * i + 12, 12));
    }
  }

  /** Decimal lines, the first of them their count of pairs, filled up to a whole block. */
  private SparseMap mapInContent() throws IOException {
    SparseMap map = new SparseMap();
    long start = left;
    long count = line();
    for (long i = 0; i < count; i++) {
      map.add(line(), line());
    }
    int fill = (int) (-(start - left) & BLOCK - 1);
    if (fill > left) {
      throw new InvalidLayerException("sparse map is longer than its entry");
    }
    skip(fill);
    left -= fill;
    return map;
  }

  private long line() throws IOException {
    long value = 0;
    for (int digits = 0; ; digits++) {
      if (left == 0 || digits > 18) {
        throw new InvalidLayerException("damaged sparse map");
      }
      if (at == limit && !fill()) {
        throw cutShort();
      }
      byte c = buffer[at++];
      left--;
      if (c == '\n' && digits > 0) {
        return value;
      }
      if (c < '0' || c > '9') {
        throw new InvalidLayerException("damaged sparse map");
      }
      value = value * 10 + c - '0';
    }
  }

  /** The content of an extension header. */
  private byte[] extension() throws IOException {
    long size = TarNumbers.natural(header, 124, 12);
    if (size > EXTENSION_MAX) {
      throw new InvalidLayerException("tar extension header of " + size + " bytes");
    }
    byte[] body = new byte[(int) size];
    readFully(body);
    skip(-size & BLOCK - 1);
    return body;
  }

  private static String untilNul(byte[] name) {
    int end = 0;
    while (end < name.length && name[end] != 0) {
      end++;
    }
    return new String(name, 0, end, StandardCharsets.ISO_8859_1);
  }

  /** False at the end: at a block of zeros or where the stream ends. */
  private boolean readHeader() throws IOException {
    if (at == limit && !fill()) {
      return false;
    }
    readFully(header);
    long sum = 0;
    long signedSum = 0;
    boolean zeros = true;
    for (int i = 0; i < BLOCK; i++) {
      byte b = i >= 148 && i < 156 ? (byte) ' ' : header[i];
      sum += b & 0xff;
      signedSum += b;
      zeros &= header[i] == 0;
    }
    if (zeros) {
      return false;
    }
    long expected = TarNumbers.natural(header, 148, 8);
    if (expected != sum && expected != signedSum) {
      throw new InvalidLayerException("damaged tar header: wrong checksum");
    }
    return true;
  }

  private void readFully(byte[] into) throws IOException {
    int done = 0;
    while (done < into.length) {
      if (at == limit && !fill()) {
        throw cutShort();
      }
      int some = Math.min(into.length - done, limit - at);
      System.arraycopy(buffer, at, into, done, some);
      at += some;
      done += some;
    }
  }

  private void skip(long bytes) throws IOException {
    for (long rest = bytes; rest > 0; ) {
      if (at == limit && !fill()) {
        throw cutShort();
      }
      int some = (int) Math.min(rest, limit - at);
      at += some;
      rest -= some;
    }
  }

  private boolean fill() throws IOException {
    at = 0;
    limit = 0;
    int got;
    try {
      got = in.read(buffer);
    } catch (EOFException e) {
      // A decompressor that met the end of its own input.
      throw new InvalidLayerException("layer is cut short", e);
    }
    limit = Math.max(got, 0);
    return got > 0;
  }

  private static InvalidLayerException cutShort() {
    return new InvalidLayerException("layer is cut short");
  }
}
