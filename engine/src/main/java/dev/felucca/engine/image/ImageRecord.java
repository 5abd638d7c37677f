package dev.felucca.engine.image;

import dev.felucca.kernel.Digest;
import dev.felucca.kernel.image.Descriptor;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What is kept of an image on disk, beside its blobs in the content store.
 *
 * @param id the digest of its configuration
 * @param parent the image it was built from here, or null
 * @param manifest the platform's own manifest
 * @param layers from the bottom
 * @param arrived when it came to be here; what its dates fall back to
 */
public record ImageRecord(
    Digest id,
    @Nullable Digest parent,
    @Nullable Blob manifest,
    List<Layer> layers,
    Instant arrived) {
  /** A blob in the content store. */
  public record Blob(String mediaType, Digest digest, long size) {
    static Blob of(Descriptor descriptor) {
      return new Blob(descriptor.mediaType(), descriptor.digest(), descriptor.size());
    }

    Descriptor descriptor() {
      return Descriptor.of(mediaType, digest, size);
    }
  }

  /**
   * @param blob its compressed form
   * @param diffId the digest of its tar
   * @param bytes the sum of its regular files, as the first driver that unpacked it counted
   */
  public record Layer(Blob blob, Digest diffId, long bytes) {}

  public ImageRecord {
    Objects.requireNonNull(id, "id");
    layers = List.copyOf(layers);
  }

  List<Layers.Layer> packed() {
    return layers.stream()
        .map(layer -> new Layers.Layer(layer.blob().descriptor(), layer.diffId()))
        .toList();
  }

  List<Digest> diffIds() {
    return layers.stream().map(Layer::diffId).toList();
  }

  List<String> chain() {
    return Chains.of(diffIds());
  }

  /** One that was made here becomes what a registry knows as soon as that is known. */
  ImageRecord learning(ImageRecord same) {
    return manifest != null || same.manifest == null
        ? this
        : new ImageRecord(id, parent, same.manifest, same.layers, arrived);
  }

  long bytes() {
    return layers.stream().mapToLong(Layer::bytes).sum();
  }
}
