package dev.felucca.kernel.image;

import dev.felucca.kernel.Platform;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An image of one layer that is to be made of a tar.
 *
 * @param name what the image is to be called, or null for none
 * @param source where the tar is from, as people named it: {@code -} or an address
 * @param message the comment of its history; null says where it is from
 * @param changes Dockerfile instructions that shape its configuration: {@code CMD}, {@code ENV}…
 * @param platform null is the host's own
 */
public record ImportRequest(
    @Nullable ImageReference name,
    String source,
    @Nullable String message,
    List<String> changes,
    @Nullable Platform platform) {
  public ImportRequest {
    changes = List.copyOf(changes);
  }
}
