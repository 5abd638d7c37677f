package dev.felucca.kernel.image;

import dev.felucca.kernel.Digest;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Blobs by digest: compressed layers, configurations, manifests, exactly as a registry served them.
 * A blob appears whole and verified or not at all. An unfinished ingest outlives the engine and is
 * resumed by its reference.
 */
public interface ContentStore {
  /** The size of a blob that is there. */
  Optional<Long> size(Digest digest) throws IOException;

  /**
   * Opens a blob to read; NOT_FOUND when it isn't there. It stays readable until closed, even when
   * deleted meanwhile.
   */
  SeekableByteChannel open(Digest digest) throws IOException;

  /**
   * Starts or resumes the ingest {@code ref}. CONFLICT when another writer of the same reference is
   * open.
   *
   * @param ref the caller's name for it, such as the digest expected
   */
  Ingest ingest(String ref) throws IOException;

  /**
   * Returns when every blob published before it is on disk: to be called before anything that lasts
   * names one. A blob that a power cut took first is not there afterwards, or is whole.
   */
  void sync() throws IOException;

  /** References of ingests that are not finished. */
  List<String> ingests() throws IOException;

  /** Drops what an ingest has written; one that isn't there is no error. */
  void abort(String ref) throws IOException;

  /** Every blob. */
  void walk(Consumer<Digest> visitor) throws IOException;

  /** Deletes a blob; one that isn't there is no error. */
  void delete(Digest digest) throws IOException;
}
