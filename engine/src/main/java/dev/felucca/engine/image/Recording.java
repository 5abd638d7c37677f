package dev.felucca.engine.image;

import dev.felucca.engine.driver.Drivers;
import dev.felucca.kernel.Digest;
import dev.felucca.kernel.image.ContentStore;
import dev.felucca.kernel.image.ImageReference;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes down images whose layers are all here, and their names after them. */
final class Recording {
  private final Drivers drivers;
  private final ImageStore images;
  private final ContentStore content;
  private final Runnable settle;

  /**
   * @param settle makes snapshots last, soon
   */
  Recording(Drivers drivers, ImageStore images, ContentStore content, Runnable settle) {
    this.content = content;
    this.drivers = drivers;
    this.images = images;
    this.settle = settle;
  }

  /**
   * @param bytes what each layer's files take, or -1 where nobody has counted
   */
  ImageRecord image(
      Digest id,
      @Nullable Digest parent,
      ImageRecord.@Nullable Blob manifest,
      List<Layers.Layer> layers,
      List<Long> bytes,
      String driver)
      throws IOException {
    List<String> chain = Chains.of(layers.stream().map(Layers.Layer::diffId).toList());
    List<ImageRecord.Layer> all = new ArrayList<>();
    for (int i = 0; i < layers.size(); i++) {
      Layers.Layer layer = layers.get(i);
      long size = bytes.get(i) < 0 ? known(layer.diffId()) : bytes.get(i);
      if (size < 0) {
        String key = chain.get(i);
        size = drivers.snapshotters().use(driver, s -> s.usage(key)).bytes();
      }
      all.add(new ImageRecord.Layer(ImageRecord.Blob.of(layer.blob()), layer.diffId(), size));
    }
    return new ImageRecord(id, parent, manifest, all, Instant.now());
  }

  private long known(Digest diffId) {
    return images.images().stream()
        .flatMap(image -> image.layers().stream())
        .filter(layer -> layer.diffId().equals(diffId))
        .mapToLong(ImageRecord.Layer::bytes)
        .findFirst()
        .orElse(-1);
  }

  /**
   * Writes the image and names it; the caller's lease holds all that it is made of. It lasts, and
   * so do its blobs. Its snapshots may be lost until they are settled: they are unpacked from the
   * blobs once more when somebody needs them, and nobody has to wait for them here.
   *
   * @param target what a registry calls it, or null
   */
  void record(ImageRecord image, List<ImageReference> names, ImageRecord.@Nullable Blob target)
      throws IOException {
    content.sync();
    images.put(
        image, names.stream().map(name -> new ReferenceRecord(name, image.id(), target)).toList());
    settle.run();
  }
}
