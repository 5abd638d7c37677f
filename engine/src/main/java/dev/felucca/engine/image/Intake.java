package dev.felucca.engine.image;

import dev.felucca.engine.image.Decompression.Form;
import dev.felucca.kernel.Digest;
import dev.felucca.kernel.image.ContentStore;
import dev.felucca.kernel.image.Ingest;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.UUID;

/** Takes streams whose digest nobody knows into the content store, in constant memory. */
final class Intake {
  private static final int CHUNK = 1 << 17;
  private final ContentStore store;
  private final Leases.Lease lease;

  Intake(ContentStore store, Leases.Lease lease) {
    this.store = store;
    this.lease = lease;
  }

  /** A layer that was taken in: its blob, and the digest of the tar in it. */
  record Taken(ImageRecord.Blob blob, Digest diffId) {}

  /** What fills an ingest. */
  interface Filling {
    void fill(Ingest ingest) throws IOException;
  }

  /** Takes in what {@code filling} writes, and holds it; nothing is left of one that fails. */
  ImageRecord.Blob take(String mediaType, Filling filling) throws IOException {
    String ref = "intake-" + UUID.randomUUID();
    boolean done = false;
    try (Ingest ingest = store.ingest(ref)) {
      filling.fill(ingest);
      Digest digest = ingest.digest();
      long size = ingest.offset();
      lease.hold(Leases.blob(digest));
      ingest.commit(size, digest);
      done = true;
      return new ImageRecord.Blob(mediaType, digest, size);
    } finally {
      if (!done) {
        store.abort(ref);
      }
    }
  }

  /**
   * Takes a layer in as it is packed, or as a plain tar when few could unpack it.
   *
   * @param hash a fresh SHA-256, for the tar
   * @param most how long the tar may be; 0 for any length
   */
  Taken layer(InputStream packed, MessageDigest hash, long most) throws IOException {
    Decompression.Sniffed sniffed = Decompression.sniff(packed);
    Form form = sniffed.form();
    boolean asIs = form.common();
    ImageRecord.Blob blob =
        take(
            mediaType(asIs ? form : Form.PLAIN),
            ingest -> {
              InputStream raw = asIs ? new Copying(sniffed.stream(), ingest) : sniffed.stream();
              try (InputStream tar = new BoundedStream(Decompression.unpack(form, raw), most)) {
                byte[] chunk = new byte[CHUNK];
                for (int n; (n = tar.read(chunk)) >= 0; ) {
                  hash.update(chunk, 0, n);
                  if (!asIs) {
                    ingest.write(ByteBuffer.wrap(chunk, 0, n));
                  }
                }
              }
              if (asIs) {
                raw.transferTo(OutputStream.nullOutputStream());
              }
            });
    return new Taken(blob, Digest.of(hash.digest()));
  }

  static String mediaType(Form form) {
    return switch (form) {
      case GZIP -> "application/vnd.docker.image.rootfs.diff.tar.gzip";
      case ZSTD -> "application/vnd.oci.image.layer.v1.tar+zstd";
      default -> "application/vnd.docker.image.rootfs.diff.tar";
    };
  }

  /** Writes along what is read. */
  private static final class Copying extends FilterInputStream {
    private final Ingest ingest;

    Copying(InputStream in, Ingest ingest) {
      super(in);
      this.ingest = ingest;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int from, int length) throws IOException {
      int n = in.read(into, from, length);
      if (n > 0) {
        ingest.write(ByteBuffer.wrap(into, from, n));
      }
      return n;
    }

    @Override
    public long skip(long count) throws IOException {
      return readNBytes((int) Math.min(count, CHUNK)).length;
    }
  }
}
