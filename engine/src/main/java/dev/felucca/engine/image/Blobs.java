package dev.felucca.engine.image;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.Digest;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.image.ContentStore;
import dev.felucca.kernel.image.Ingest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.util.UUID;

/** Blobs that are small enough to hold in memory: manifests and configurations. */
final class Blobs {
  static final int LARGEST = 8 << 20;

  private Blobs() {}

  /** Reads one whole; NOT_FOUND when it isn't there. */
  static byte[] read(ContentStore store, Digest digest) throws IOException {
    try (InputStream in = Channels.newInputStream(store.open(digest))) {
      byte[] bytes = in.readNBytes(LARGEST + 1);
      if (bytes.length > LARGEST) {
        throw tooLarge(digest.toString());
      }
      return bytes;
    }
  }

  /** Writes one, unless it is there. */
  static void write(ContentStore store, Digest digest, byte[] bytes) throws IOException {
    if (store.size(digest).isPresent()) {
      return;
    }
    // A name of its own: two pulls may write the same manifest at the same time.
    String ref = "small-" + UUID.randomUUID();
    boolean done = false;
    try (Ingest ingest = store.ingest(ref)) {
      ingest.write(ByteBuffer.wrap(bytes));
      ingest.commit(bytes.length, digest);
      done = true;
    } finally {
      if (!done) {
        store.abort(ref);
      }
    }
  }

  static EngineException tooLarge(String what) {
    return new EngineException(INVALID, what + " is larger than 8 MiB");
  }
}
