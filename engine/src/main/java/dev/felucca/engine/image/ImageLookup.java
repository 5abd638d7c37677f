package dev.felucca.engine.image;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;
import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;

import dev.felucca.kernel.Digest;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.image.ImageReference;
import java.util.List;
import java.util.Optional;

/** What people type, as an image: a name with tag or digest, an id, the beginning of an id. */
final class ImageLookup {
  private final ImageStore images;

  ImageLookup(ImageStore images) {
    this.images = images;
  }

  /** NOT_FOUND in Docker's words; CONFLICT for the beginning of several ids. */
  ImageRecord find(String text) {
    if (text.matches("(sha256:)?[0-9a-f]{64}")) {
      Digest id = new Digest("sha256", text.substring(text.length() - 64));
      return images
          .image(id)
          .orElseThrow(() -> new EngineException(NOT_FOUND, "No such image: " + id));
    }
    EngineException unreadable = null;
    String shown = text;
    try {
      ImageReference reference = ImageReference.parse(text).withDefaultTag();
      shown = reference.familiar();
      Digest digest = reference.digest();
      Optional<ReferenceRecord> named =
          images.reference(digest == null ? reference : reference.withDigest(digest));
      Optional<ImageRecord> image = named.flatMap(record -> images.image(record.image()));
      if (image.isPresent()) {
        return image.get();
      }
    } catch (EngineException e) {
      unreadable = e;
    }
    if (ImageReference.looksLikeId(text)) {
      String prefix = text.replaceFirst("^sha256:", "");
      List<ImageRecord> found =
          images.images().stream().filter(image -> image.id().hex().startsWith(prefix)).toList();
      if (found.size() > 1) {
        throw new EngineException(
            CONFLICT, "ambiguous image id " + text + ": " + found.size() + " images begin with it");
      }
      if (found.size() == 1) {
        return found.get(0);
      }
    }
    if (unreadable != null && !text.matches("[0-9a-f]+") && unreadable.kind() == INVALID) {
      throw unreadable;
    }
    throw new EngineException(NOT_FOUND, "No such image: " + shown);
  }

  /** True when {@code text} means the image by its id, not by a name. */
  static boolean isIdPrefix(Digest id, String text) {
    return id.toString().startsWith(text) || id.hex().startsWith(text);
  }
}
