package dev.felucca.engine.image;

import com.github.luben.zstd.ZstdInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.util.zip.GZIPInputStream;

/** Layers as plain tars, whatever they were packed with. */
final class Decompression {
  private static final int BUFFER = 1 << 16;

  private Decompression() {}

  /**
   * By the first bytes, as registries' media types are often wrong; the digest of the outcome is
   * verified anyway.
   */
  static InputStream open(InputStream packed) throws IOException {
    PushbackInputStream in = new PushbackInputStream(packed, 4);
    byte[] magic = in.readNBytes(4);
    in.unread(magic);
    if (magic.length >= 2 && (magic[0] & 0xff) == 0x1f && (magic[1] & 0xff) == 0x8b) {
      return new GZIPInputStream(in, BUFFER);
    }
    if (magic.length == 4 && isZstd(magic)) {
      return new ZstdInputStream(in);
    }
    return in;
  }

  private static boolean isZstd(byte[] magic) {
    boolean frame =
        (magic[0] & 0xff) == 0x28
            && (magic[1] & 0xff) == 0xb5
            && magic[2] == 0x2f
            && (magic[3] & 0xff) == 0xfd;
    boolean skippable =
        (magic[0] & 0xf0) == 0x50 && magic[1] == 0x2a && magic[2] == 0x4d && magic[3] == 0x18;
    return frame || skippable;
  }
}
