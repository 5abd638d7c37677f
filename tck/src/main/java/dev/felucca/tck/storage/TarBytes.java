package dev.felucca.tck.storage;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Tars made byte by byte, so that they may be as wrong as an attacker likes. Names are strings of
 * one character a byte.
 */
public final class TarBytes {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  /** One entry, to be changed before it is added. */
  public static final class Entry {
    private final String name;
    private final char type;
    private int mode = 0644;
    private long uid;
    private long gid;
    private long mtime = 1_600_000_000;
    private String link = "";
    private long major;
    private long minor;
    private byte[] content = new byte[0];
    private long size = -1;
    private final Map<String, byte[]> pax = new LinkedHashMap<>();

    private Entry(String name, char type) {
      this.name = name;
      this.type = type;
    }

    public Entry mode(int value) {
      mode = value;
      return this;
    }

    public Entry owner(long user, long group) {
      uid = user;
      gid = group;
      return this;
    }

    public Entry mtime(long seconds) {
      mtime = seconds;
      return this;
    }

    public Entry device(long majorNumber, long minorNumber) {
      major = majorNumber;
      minor = minorNumber;
      return this;
    }

    public Entry content(String text) {
      return content(text.getBytes(ISO_8859_1));
    }

    public Entry content(byte[] bytes) {
      content = bytes;
      return this;
    }

    /** A size that is not that of the content. */
    public Entry size(long claimed) {
      size = claimed;
      return this;
    }

    public Entry pax(String key, String value) {
      return pax(key, value.getBytes(ISO_8859_1));
    }

    public Entry pax(String key, byte[] value) {
      pax.put(key, value);
      return this;
    }

    public Entry xattr(String key, byte[] value) {
      return pax("SCHILY.xattr." + key, value);
    }
  }

  public static Entry file(String name, String content) {
    return new Entry(name, '0').content(content);
  }

  public static Entry directory(String name) {
    return new Entry(name, '5').mode(0755);
  }

  public static Entry symlink(String name, String target) {
    Entry entry = new Entry(name, '2').mode(0777);
    entry.link = target;
    return entry;
  }

  public static Entry hardLink(String name, String target) {
    Entry entry = new Entry(name, '1');
    entry.link = target;
    return entry;
  }

  public static Entry other(String name, char type) {
    return new Entry(name, type);
  }

  public TarBytes add(Entry entry) {
    if (!entry.pax.isEmpty()) {
      byte[] records = records(entry.pax);
      header(new Entry("PaxHeader", 'x').content(records));
      padded(records);
    }
    if (entry.name.length() > 100) {
      longName('L', entry.name);
    }
    if (entry.link.length() > 100) {
      longName('K', entry.link);
    }
    header(entry);
    padded(entry.content);
    return this;
  }

  public TarBytes raw(byte[] bytes) {
    out.writeBytes(bytes);
    return this;
  }

  /** Everything so far, with the two closing blocks. */
  public byte[] bytes() {
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    whole.writeBytes(out.toByteArray());
    whole.writeBytes(new byte[1024]);
    return whole.toByteArray();
  }

  public InputStream stream() {
    return new ByteArrayInputStream(bytes());
  }

  public static TarBytes of(Entry... entries) {
    TarBytes tar = new TarBytes();
    for (Entry entry : entries) {
      tar.add(entry);
    }
    return tar;
  }

  private void longName(char type, String name) {
    byte[] bytes = (name + "\0").getBytes(ISO_8859_1);
    header(new Entry("././@LongLink", type).content(bytes));
    padded(bytes);
  }

  private static byte[] records(Map<String, byte[]> pax) {
    ByteArrayOutputStream records = new ByteArrayOutputStream();
    pax.forEach(
        (key, value) -> {
          int rest = key.length() + value.length + 3;
          int length = rest + 1;
          while (Integer.toString(length).length() + rest != length) {
            length = Integer.toString(length).length() + rest;
          }
          records.writeBytes((length + " " + key + "=").getBytes(ISO_8859_1));
          records.writeBytes(value);
          records.write('\n');
        });
    return records.toByteArray();
  }

  private void header(Entry entry) {
    byte[] block = new byte[512];
    text(block, 0, 100, entry.name);
    number(block, 100, 8, entry.mode);
    number(block, 108, 8, entry.uid);
    number(block, 116, 8, entry.gid);
    number(block, 124, 12, entry.size == -1 ? entry.content.length : entry.size);
    number(block, 136, 12, entry.mtime);
    block[156] = (byte) entry.type;
    text(block, 157, 100, entry.link);
    text(block, 257, 8, "ustar  ");
    number(block, 329, 8, entry.major);
    number(block, 337, 8, entry.minor);
    Arrays.fill(block, 148, 156, (byte) ' ');
    int sum = 0;
    for (byte b : block) {
      sum += b & 0xff;
    }
    text(block, 148, 8, "%06o\0 ".formatted(sum));
    out.writeBytes(block);
  }

  /** Octal where it fits, else base-256 as GNU has it; also negative. */
  private static void number(byte[] block, int at, int width, long value) {
    String octal = Long.toOctalString(value);
    if (value >= 0 && octal.length() < width) {
      text(block, at, width, "0".repeat(width - 1 - octal.length()) + octal);
      return;
    }
    for (int i = 0; i < width; i++) {
      int shift = 8 * (width - 1 - i);
      block[at + i] = (byte) (shift > 63 ? value >> 63 : value >> shift);
    }
    block[at] = value < 0 ? (byte) 0xff : (byte) 0x80;
  }

  private static void text(byte[] block, int at, int width, String text) {
    byte[] bytes = text.getBytes(ISO_8859_1);
    System.arraycopy(bytes, 0, block, at, Math.min(width, bytes.length));
  }

  private void padded(byte[] content) {
    out.writeBytes(content);
    out.writeBytes(new byte[-content.length & 511]);
  }
}
