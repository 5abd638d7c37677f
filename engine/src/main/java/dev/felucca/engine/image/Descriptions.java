package dev.felucca.engine.image;

import static dev.felucca.kernel.EngineException.Kind.INTERNAL;

import dev.felucca.kernel.Digest;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.image.ContentStore;
import dev.felucca.kernel.image.Descriptor;
import dev.felucca.kernel.image.ImageDetails;
import dev.felucca.kernel.image.ImageReference;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Images as clients see them; configurations are read once. */
final class Descriptions {
  private final ContentStore content;
  private final ImageStore images;
  private final Map<Digest, ImageConfigs.ImageConfig> configs = new ConcurrentHashMap<>();

  Descriptions(ContentStore content, ImageStore images) {
    this.content = content;
    this.images = images;
  }

  ImageConfigs.ImageConfig config(Digest image) {
    return configs.computeIfAbsent(image, this::read);
  }

  void forget(Digest image) {
    configs.remove(image);
  }

  ImageDetails of(ImageRecord image) {
    ImageConfigs.ImageConfig config = config(image.id());
    List<ReferenceRecord> references = images.references(image.id());
    ImageRecord.Blob target =
        references.stream()
            .map(ReferenceRecord::target)
            .filter(blob -> blob != null)
            .findFirst()
            .orElse(image.manifest());
    return new ImageDetails(
        image.id(),
        image.parent(),
        target == null ? null : Descriptor.of(target.mediaType(), target.digest(), target.size()),
        names(references, false),
        names(references, true),
        config.created(),
        config.author(),
        config.comment(),
        config.platform(),
        config.config(),
        config.diffIds(),
        config.history(),
        image.bytes(),
        references.stream()
            .map(ReferenceRecord::tagged)
            .max(Comparator.naturalOrder())
            .orElse(null));
  }

  private static List<String> names(List<ReferenceRecord> references, boolean digests) {
    return references.stream()
        .map(reference -> ImageReference.parse(reference.name()))
        .filter(name -> (name.digest() != null) == digests)
        .map(ImageReference::familiar)
        .sorted()
        .toList();
  }

  private ImageConfigs.ImageConfig read(Digest id) {
    try {
      return ImageConfigs.parse(Blobs.read(content, id), "image " + id);
    } catch (IOException e) {
      throw new EngineException(INTERNAL, "read configuration of image " + id, e);
    }
  }
}
