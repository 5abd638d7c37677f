package dev.felucca.tck.storage;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;

/**
 * One file, {@code head} at its start, {@code tail} at its end and a hole between, in every format.
 */
final class SparseTars {
  static final List<String> NAMES = List.of("old", "pax00", "pax01", "pax10");

  private SparseTars() {}

  static TarBytes all(long size) throws IOException {
    long tail = size - 4;
    String numbers = "0,4," + tail + ",4";
    ByteArrayOutputStream withMap = new ByteArrayOutputStream();
    withMap.writeBytes(("2\n0\n4\n" + tail + "\n4\n").getBytes(US_ASCII));
    withMap.writeBytes(new byte[512 - withMap.size()]);
    withMap.writeBytes("headtail".getBytes(US_ASCII));
    return new TarBytes()
        .raw(old(size))
        .raw(pax00(size))
        .add(
            TarBytes.file("GNUSparseFile.0/x", "headtail")
                .pax("GNU.sparse.size", "" + size)
                .pax("GNU.sparse.numblocks", "2")
                .pax("GNU.sparse.map", numbers)
                .pax("GNU.sparse.name", "pax01"))
        .add(
            TarBytes.file("GNUSparseFile.0/x", "")
                .content(withMap.toByteArray())
                .pax("GNU.sparse.major", "1")
                .pax("GNU.sparse.minor", "0")
                .pax("GNU.sparse.name", "pax10")
                .pax("GNU.sparse.realsize", "" + size));
  }

  /** Format 0.0 repeats its keywords, which a map of records cannot. */
  private static byte[] pax00(long size) {
    StringBuilder records = new StringBuilder();
    for (String record :
        List.of(
            "GNU.sparse.size=" + size,
            "GNU.sparse.numblocks=2",
            "GNU.sparse.offset=0",
            "GNU.sparse.numbytes=4",
            "GNU.sparse.offset=" + (size - 4),
            "GNU.sparse.numbytes=4")) {
      int length = record.length() + 4;
      records.append(length < 10 ? "0" + length : "" + length).append(' ').append(record);
      records.append('\n');
    }
    byte[] header =
        TarBytes.of(TarBytes.other("PaxHeader", 'x').content(records.toString())).bytes();
    byte[] file = TarBytes.of(TarBytes.file("pax00", "headtail")).bytes();
    ByteBuffer both = ByteBuffer.allocate(header.length + file.length - 2048);
    return both.put(header, 0, header.length - 1024).put(file, 0, file.length - 1024).array();
  }

  /** The header of old GNU tar has its map where ustar has the prefix. */
  private static byte[] old(long size) {
    byte[] tar = TarBytes.of(TarBytes.other("old", 'S').content("headtail")).bytes();
    put(tar, 386, 0);
    put(tar, 398, 4);
    put(tar, 410, size - 4);
    put(tar, 422, 4);
    put(tar, 483, size);
    Arrays.fill(tar, 148, 156, (byte) ' ');
    int sum = 0;
    for (int i = 0; i < 512; i++) {
      sum += tar[i] & 0xff;
    }
    byte[] digits = "%06o\0 ".formatted(sum).getBytes(US_ASCII);
    System.arraycopy(digits, 0, tar, 148, 8);
    return Arrays.copyOf(tar, tar.length - 1024);
  }

  private static void put(byte[] tar, int at, long value) {
    System.arraycopy("%011o".formatted(value).getBytes(US_ASCII), 0, tar, at, 11);
  }

  static void check(Path file, long size) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      assertEquals(size, channel.size(), file::toString);
      assertEquals("head\0", text(channel, 0, 5), file::toString);
      assertEquals("\0tail", text(channel, size - 5, 5), file::toString);
    }
  }

  private static String text(FileChannel channel, long at, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    channel.read(bytes, at);
    return new String(bytes.array(), US_ASCII);
  }
}
