package dev.felucca.engine.image;

import dev.felucca.kernel.Digest;
import dev.felucca.kernel.Platform;
import dev.felucca.kernel.image.Descriptor;
import dev.felucca.kernel.image.ImageReference;
import dev.felucca.kernel.image.ProgressListener;
import dev.felucca.kernel.image.ProgressListener.Progress;
import dev.felucca.kernel.image.PullRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Pulls whole images. Nothing has a name before everything it needs is on disk. */
final class ImagePull {
  private final ImageCore core;

  ImagePull(ImageCore core) {
    this.core = core;
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
    try (Leases.Lease lease = core.leases.lease()) {
      String driver = core.storage.get();
      // Asked first: a missing driver should not be found out after the download.
      core.drivers.snapshotters().use(driver, s -> s.name());
      RemoteImage.Found found =
          new RemoteImage(core, lease, request, reference)
              .find(
                  () ->
                      progress.progress(
                          Progress.of(
                              digest == null ? String.valueOf(reference.tag()) : digest.toString(),
                              "Pulling from " + reference.path())));
      boolean known = core.images.image(found.config()).isPresent();
      List<Long> bytes =
          core.layers.bring(
              found.layers(),
              new Layers.Source(reference, request.credentials()),
              driver,
              lease,
              (layer, step) -> {
                // Of an image that is here whole, Docker's clients expect no word on its layers.
                if (!known || !step.equals(Layers.THERE)) {
                  tell(progress, found.layers().get(layer), step);
                }
              });
      progress.progress(Progress.line("Digest: " + found.top().digest()));
      ImageRecord image =
          core.recording.image(
              found.config(),
              null,
              ImageRecord.Blob.of(found.manifest()),
              found.layers(),
              bytes,
              driver);
      boolean news = record(image, found.top(), reference);
      R done = answer.apply(core.images.image(image.id()).orElse(image));
      progress.progress(
          Progress.line(
              (news ? "Status: Downloaded newer image for " : "Status: Image is up to date for ")
                  + reference.familiar()));
      warn(request, found.parsed().platform(), progress);
      return done;
    }
  }

  /** An image that is of one platform alone is pulled whatever was asked for, as with Docker. */
  private static void warn(PullRequest request, Platform own, ProgressListener progress) {
    Platform asked = request.platform();
    if (asked != null && !PlatformChoice.matches(own, asked)) {
      progress.progress(
          Progress.line(
              "WARNING: image with reference %s was found but its platform (%s) does not match the specified platform (%s)"
                  .formatted(request.reference().withDefaultTag().familiar(), own, asked)));
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
    boolean news =
        !core.images
            .reference(reference)
            .map(ReferenceRecord::image)
            .equals(Optional.of(image.id()));
    List<ImageReference> names = new ArrayList<>();
    names.add(reference.withDigest(top.digest()));
    if (reference.digest() == null && news) {
      names.add(reference);
    }
    core.recording.record(image, names, ImageRecord.Blob.of(top));
    return news;
  }
}
