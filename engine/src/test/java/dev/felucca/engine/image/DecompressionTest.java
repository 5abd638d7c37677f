package dev.felucca.engine.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

class DecompressionTest {
  private static final byte[] PLAIN = "what is in it".repeat(100).getBytes(UTF_8);

  private static byte[] gzip() throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
      out.write(PLAIN);
    }
    return packed.toByteArray();
  }

  private static InputStream stream(byte[] packed) {
    return new ByteArrayInputStream(packed) {
      @Override
      public void close() {
        throw new AssertionError("it is its owner's to close");
      }
    };
  }

  @Test
  void whatIsUnpackedIsClosedAndWhatItComesFromIsNot() throws IOException {
    for (byte[] packed : new byte[][] {PLAIN, gzip(), Zstd.compress(PLAIN)}) {
      try (InputStream unpacked = Decompression.open(stream(packed))) {
        assertArrayEquals(PLAIN, unpacked.readAllBytes());
      }
    }
  }

  @Test
  void closingLetsGoOfTheMemoryOfWhatUnpacks() throws IOException {
    for (byte[] packed : new byte[][] {gzip(), Zstd.compress(PLAIN)}) {
      InputStream unpacked = Decompression.open(stream(packed));
      assertEquals(PLAIN[0], unpacked.read());
      unpacked.close();
      assertThrows(IOException.class, unpacked::read);
    }
  }
}
