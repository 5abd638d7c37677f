package dev.felucca.engine.image;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Tars as other programs write them. */
final class TestTar {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  TestTar file(String name, byte[] content) throws IOException {
    new TarOut(out).file(name, content);
    return this;
  }

  TestTar link(String name, String target) throws IOException {
    ByteArrayOutputStream one = new ByteArrayOutputStream();
    new TarOut(one).file(name, new byte[0]);
    byte[] header = one.toByteArray();
    header[156] = '2';
    byte[] bytes = target.getBytes(StandardCharsets.UTF_8);
    System.arraycopy(bytes, 0, header, 157, bytes.length);
    Arrays.fill(header, 148, 156, (byte) ' ');
    int sum = 0;
    for (byte b : header) {
      sum += b & 0xff;
    }
    byte[] digits = String.format("%06o", sum).getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(digits, 0, header, 148, 6);
    header[154] = 0;
    out.write(header);
    return this;
  }

  byte[] bytes() throws IOException {
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    out.writeTo(whole);
    new TarOut(whole).end();
    return whole.toByteArray();
  }
}
