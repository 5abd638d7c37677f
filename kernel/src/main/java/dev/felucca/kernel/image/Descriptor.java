package dev.felucca.kernel.image;

import dev.felucca.kernel.Digest;
import dev.felucca.kernel.Platform;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A content descriptor of the OCI image specification. */
public record Descriptor(
    String mediaType,
    Digest digest,
    long size,
    @Nullable Platform platform,
    List<String> urls,
    Map<String, String> annotations) {
  public Descriptor {
    urls = List.copyOf(urls);
    annotations = Map.copyOf(annotations);
  }

  public static Descriptor of(String mediaType, Digest digest, long size) {
    return new Descriptor(mediaType, digest, size, null, List.of(), Map.of());
  }
}
