package dev.felucca.engine.image;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Writes a tar of plain files with short names, in the ustar form; the same input gives the same
 * bytes.
 */
final class TarOut {
  private static final int BLOCK = 512;
  private static final long LARGEST_OCTAL = (1L << 33) - 1;
  private final OutputStream out;
  private final byte[] buffer = new byte[1 << 18];

  TarOut(OutputStream out) {
    this.out = out;
  }

  void directory(String name) throws IOException {
    header(name + "/", '5', 0755, 0);
  }

  void file(String name, byte[] content) throws IOException {
    header(name, '0', 0644, content.length);
    out.write(content);
    pad(content.length);
  }

  /** Copies exactly {@code size} bytes. */
  void file(String name, long size, InputStream content) throws IOException {
    header(name, '0', 0644, size);
    for (long left = size; left > 0; ) {
      int n = content.read(buffer, 0, (int) Math.min(buffer.length, left));
      if (n < 0) {
        throw new IOException(name + " ends " + left + " bytes early");
      }
      out.write(buffer, 0, n);
      left -= n;
    }
    pad(size);
  }

  void end() throws IOException {
    out.write(new byte[2 * BLOCK]);
    out.flush();
  }

  private void pad(long size) throws IOException {
    out.write(new byte[(int) (-size & BLOCK - 1)]);
  }

  private void header(String name, char type, int mode, long size) throws IOException {
    byte[] header = new byte[BLOCK];
    byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(bytes, 0, header, 0, bytes.length);
    octal(header, 100, 8, mode);
    octal(header, 108, 8, 0);
    octal(header, 116, 8, 0);
    if (size <= LARGEST_OCTAL) {
      octal(header, 124, 12, size);
    } else {
      header[124] = (byte) 0x80;
      for (int i = 0; i < 8; i++) {
        header[135 - i] = (byte) (size >>> 8 * i);
      }
    }
    octal(header, 136, 12, 0);
    header[156] = (byte) type;
    System.arraycopy("ustar\00000".getBytes(StandardCharsets.ISO_8859_1), 0, header, 257, 8);
    int sum = 8 * ' ';
    for (byte one : header) {
      sum += one & 0xff;
    }
    octal(header, 148, 7, sum);
    header[155] = ' ';
    out.write(header);
  }

  /** Digits, and a NUL as the last of {@code length} bytes. */
  private static void octal(byte[] header, int from, int length, long value) {
    String digits = Long.toOctalString(value);
    String field = "0".repeat(length - 1 - digits.length()) + digits;
    System.arraycopy(field.getBytes(StandardCharsets.US_ASCII), 0, header, from, length - 1);
  }
}
