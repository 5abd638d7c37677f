package dev.felucca.engine.image;

import dev.felucca.engine.driver.Drivers;
import dev.felucca.kernel.Digest;
import dev.felucca.kernel.image.ContentStore;
import dev.felucca.kernel.image.Descriptor;
import dev.felucca.kernel.image.ImageReference;
import dev.felucca.kernel.image.ProgressListener;
import dev.felucca.kernel.image.ProgressListener.Progress;
import dev.felucca.kernel.image.PullRequest;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/** Pulls whole images. Nothing has a name before everything it needs is on disk. */
final class ImagePull {
  private final ContentStore content;
  private final Drivers drivers;
  private final Supplier<String> storageDriver;
  private final Layers layers;
  private final Leases leases;
  private final ImageStore images;

  ImagePull(
      ContentStore content,
      Drivers drivers,
      Supplier<String> storageDriver,
      Layers layers,
      Leases leases,
      ImageStore images) {
    this.content = content;
    this.drivers = drivers;
    this.storageDriver = storageDriver;
    this.layers = layers;
    this.leases = leases;
    this.images = images;
  }

  /**
   * Pulls; progress is told in Docker's words.
   *
   * @param answer makes the answer from the image, before somebody else can have removed it
   */
  <R> R pull(PullRequest request, ProgressListener progress, Function<ImageRecord, R> answer)
      throws IOException {
    ImageReference given = request.reference().withDefaultTag();
    Digest digest = given.digest();
    // A digest says all; the tag beside it is for people.
    ImageReference reference = digest == null ? given : given.withDigest(digest);
    try (Leases.Lease lease = leases.lease()) {
      String driver = storageDriver.get();
      // Asked first: a missing driver should not be found out after the download.
      drivers.snapshotters().use(driver, s -> s.name());
      RemoteImage.Found found =
          new RemoteImage(drivers.transports(), content, lease, request, reference).find();
      progress.progress(
          Progress.of(
              digest == null ? String.valueOf(reference.tag()) : digest.toString(),
              "Pulling from " + reference.path()));
      List<Long> bytes =
          layers.bring(
              found.layers(),
              new Layers.Source(reference, request.credentials()),
              driver,
              lease,
              (layer, step) -> tell(progress, found.layers().get(layer), step));
      progress.progress(Progress.line("Digest: " + found.top().digest()));
      ImageRecord image = image(found, bytes, driver);
      boolean news = record(image, found.top(), reference);
      R done = answer.apply(images.image(image.id()).orElse(image));
      progress.progress(
          Progress.line(
              (news ? "Status: Downloaded newer image for " : "Status: Image is up to date for ")
                  + reference.familiar()));
      return done;
    }
  }

  private static void tell(ProgressListener progress, Layers.Layer layer, Step step) {
    progress.progress(
        new Progress(
            layer.blob().digest().hex().substring(0, 12),
            step.status(),
            step.current(),
            step.total()));
  }

  /** Writes image and names; true when the reference meant something else before. */
  private boolean record(ImageRecord image, Descriptor top, ImageReference reference)
      throws IOException {
    Digest id = image.id();
    boolean news = !images.reference(reference).map(ReferenceRecord::image).equals(Optional.of(id));
    while (true) {
      if (images.image(id).isEmpty()) {
        images.put(image);
      }
      Instant now = Instant.now();
      ImageRecord.Blob target = blob(top);
      boolean named =
          images.name(
              new ReferenceRecord(reference.withDigest(top.digest()).toString(), id, target, now));
      if (named && reference.digest() == null && news) {
        named = images.name(new ReferenceRecord(reference.toString(), id, target, now));
      }
      if (named) {
        return news;
      }
      // Removed under our hands; the lease has kept what it is made of.
    }
  }

  private ImageRecord image(RemoteImage.Found found, List<Long> bytes, String driver)
      throws IOException {
    List<Digest> diffIds = found.parsed().diffIds();
    List<String> chain = Chains.of(diffIds);
    List<ImageRecord.Layer> all = new ArrayList<>();
    for (int i = 0; i < diffIds.size(); i++) {
      long size = bytes.get(i);
      if (size < 0) {
        size = known(diffIds.get(i));
      }
      if (size < 0) {
        String key = chain.get(i);
        size = drivers.snapshotters().use(driver, s -> s.usage(key)).bytes();
      }
      all.add(new ImageRecord.Layer(blob(found.layers().get(i).blob()), diffIds.get(i), size));
    }
    return new ImageRecord(found.config(), null, blob(found.manifest()), all, Instant.now());
  }

  private long known(Digest diffId) {
    return images.images().stream()
        .flatMap(image -> image.layers().stream())
        .filter(layer -> layer.diffId().equals(diffId))
        .mapToLong(ImageRecord.Layer::bytes)
        .findFirst()
        .orElse(-1);
  }

  private static ImageRecord.Blob blob(Descriptor descriptor) {
    return new ImageRecord.Blob(descriptor.mediaType(), descriptor.digest(), descriptor.size());
  }
}
