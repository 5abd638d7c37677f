package dev.felucca.engine.image;

import dev.felucca.engine.image.ImageRecord.Blob;
import dev.felucca.kernel.Digest;
import dev.felucca.kernel.image.ImageReference;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A name of an image on disk.
 *
 * @param name in full: {@code docker.io/library/debian:bookworm}, or with a digest
 * @param target what the registry called by that name (an index, often), or null for a name given
 *     here
 * @param before what the name stands for as long as the image is not on disk yet, or null
 */
public record ReferenceRecord(
    String name,
    Digest image,
    @Nullable Blob target,
    Instant tagged,
    @Nullable ReferenceRecord before) {
  public ReferenceRecord {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(image, "image");
  }

  ReferenceRecord(ImageReference name, Digest image, @Nullable Blob target) {
    this(name.toString(), image, target, Instant.now(), null);
  }

  ReferenceRecord instead(@Nullable ReferenceRecord of) {
    return new ReferenceRecord(name, image, target, tagged, of);
  }
}
