package dev.felucca.engine.image;

import com.github.luben.zstd.ZstdInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.util.zip.GZIPInputStream;
import org.tukaani.xz.XZInputStream;

/** Tars as they are, whatever they were packed with. */
public final class Decompression {
  private static final int BUFFER = 1 << 16;

  /** Twice what {@code xz -9} needs; more is refused. */
  private static final int XZ_MEMORY_KIB = 128 << 10;

  private Decompression() {}

  /** How a stream is packed. */
  enum Form {
    PLAIN,
    GZIP,
    ZSTD,
    BZIP2,
    XZ;

    /** What registries and other engines unpack, too. */
    boolean common() {
      return this == PLAIN || this == GZIP || this == ZSTD;
    }

    static Form of(byte[] magic) {
      if (begins(magic, 0x1f, 0x8b)) {
        return GZIP;
      }
      if (begins(magic, 0x28, 0xb5, 0x2f, 0xfd)
          || (magic.length >= 4
              && (magic[0] & 0xf0) == 0x50
              && begins(new byte[] {magic[1], magic[2], magic[3]}, 0x2a, 0x4d, 0x18))) {
        return ZSTD;
      }
      if (begins(magic, 'B', 'Z', 'h')) {
        return BZIP2;
      }
      return begins(magic, 0xfd, '7', 'z', 'X', 'Z', 0) ? XZ : PLAIN;
    }

    private static boolean begins(byte[] magic, int... wanted) {
      for (int i = 0; i < wanted.length; i++) {
        if (i >= magic.length || (magic[i] & 0xff) != wanted[i]) {
          return false;
        }
      }
      return true;
    }
  }

  /**
   * By the first bytes, as registries' media types are often wrong; the digest of the outcome is
   * verified anyway.
   *
   * @return to be closed: see {@link #unpack}
   */
  public static InputStream open(InputStream packed) throws IOException {
    Sniffed sniffed = sniff(packed);
    return unpack(sniffed.form(), sniffed.stream());
  }

  /** A stream from its beginning, and what it is. */
  record Sniffed(Form form, InputStream stream) {}

  static Sniffed sniff(InputStream packed) throws IOException {
    PushbackInputStream in = new PushbackInputStream(packed, 6);
    byte[] magic = in.readNBytes(6);
    in.unread(magic);
    return new Sniffed(Form.of(magic), in);
  }

  /**
   * Unpacks what is of this form.
   *
   * @param packed stays its owner's
   * @return unpacks, with memory outside the heap that closing it frees; {@code packed} stays open
   */
  static InputStream unpack(Form form, InputStream packed) throws IOException {
    InputStream in = new Lent(packed);
    return switch (form) {
      case GZIP -> new GZIPInputStream(in, BUFFER);
      case ZSTD -> new ZstdInputStream(in);
      case BZIP2 -> new Bzip2Stream(in);
      case XZ -> new XZInputStream(in, XZ_MEMORY_KIB);
      case PLAIN -> in;
    };
  }

  private static final class Lent extends FilterInputStream {
    Lent(InputStream in) {
      super(in);
    }

    @Override
    public void close() {}
  }
}
