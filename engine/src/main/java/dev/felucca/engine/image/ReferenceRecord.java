package dev.felucca.engine.image;

import dev.felucca.engine.image.ImageRecord.Blob;
import dev.felucca.kernel.Digest;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A name of an image on disk.
 *
 * @param name in full: {@code docker.io/library/debian:bookworm}, or with a digest
 * @param target what the registry called by that name (an index, often), or null for a name given
 *     here
 */
public record ReferenceRecord(String name, Digest image, @Nullable Blob target, Instant tagged) {
  public ReferenceRecord {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(image, "image");
  }
}
