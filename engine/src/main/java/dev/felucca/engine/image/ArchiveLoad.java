package dev.felucca.engine.image;

import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;

import dev.felucca.engine.image.ArchiveIndex.Archived;
import dev.felucca.engine.image.Decompression.Form;
import dev.felucca.kernel.Digest;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.Platform;
import dev.felucca.kernel.image.ImageDetails;
import dev.felucca.kernel.image.ImageReference;
import dev.felucca.kernel.image.ProgressListener;
import dev.felucca.kernel.image.ProgressListener.Progress;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Loads the images of an archive. */
final class ArchiveLoad {
  private final ImageCore core;
  private final ProgressListener progress;

  ArchiveLoad(ImageCore core, ProgressListener progress) {
    this.core = core;
    this.progress = progress;
  }

  List<ImageDetails> load(InputStream archive, @Nullable Platform platform) throws IOException {
    Set<Digest> brought = new HashSet<>();
    List<ImageDetails> loaded = new ArrayList<>();
    try (Leases.Lease lease = core.leases.lease()) {
      String driver = core.storage.get();
      core.drivers.snapshotters().use(driver, s -> s.name());
      ArchiveFiles files = ArchiveFiles.read(archive, core, lease, progress, brought);
      for (Archived image : new ArchiveIndex(files, core.content, platform).images()) {
        loaded.add(load(image, platform, driver, lease));
      }
    } finally {
      // Files that no image turned out to need; also those of images that were here already.
      core.garbage.sweepBlobs(brought);
    }
    return loaded;
  }

  private ImageDetails load(
      Archived archived, @Nullable Platform platform, String driver, Leases.Lease lease)
      throws IOException {
    Digest id = archived.config().digest();
    String shown = "image " + id;
    ImageConfigs.ImageConfig config = ImageConfigs.parse(Blobs.read(core.content, id), shown);
    check(config, archived, platform, shown);
    List<Layers.Layer> layers = new ArrayList<>();
    ImageRecord.Blob manifest = archived.manifest();
    for (int i = 0; i < archived.layers().size(); i++) {
      ImageRecord.Blob blob = typed(archived.layers().get(i));
      ImageRecord.Blob known = manifest == null ? known(config.diffIds().get(i)) : null;
      if (known != null) {
        blob = known;
      } else if (!form(blob).common()) {
        blob = unpacked(blob, lease);
        manifest = null;
      }
      lease.hold(Leases.blob(blob.digest()));
      layers.add(new Layers.Layer(blob.descriptor(), config.diffIds().get(i)));
    }
    List<Long> bytes = core.layers.bring(layers, null, driver, lease, (layer, step) -> {});
    ImageRecord image = core.recording.image(id, null, manifest, layers, bytes, driver);
    tellMoves(archived.names(), id);
    core.recording.record(image, archived.names(), null);
    for (ImageReference name : archived.names()) {
      progress.progress(Progress.line("Loaded image: " + name.familiar()));
    }
    if (archived.names().isEmpty()) {
      progress.progress(Progress.line("Loaded image ID: " + id));
    }
    core.tell("load", id.toString(), id.toString());
    return core.descriptions.of(core.images.image(id).orElse(image));
  }

  private static void check(
      ImageConfigs.ImageConfig config,
      Archived archived,
      @Nullable Platform platform,
      String shown) {
    if (config.diffIds().size() != archived.layers().size()) {
      throw new EngineException(
          INVALID,
          "invalid manifest, layers length mismatch: expected "
              + archived.layers().size()
              + ", got "
              + config.diffIds().size());
    }
    if (!config.platform().os().equals("linux")) {
      throw new EngineException(
          INVALID, "cannot load " + config.platform().os() + " image on linux");
    }
    if (platform != null && !PlatformChoice.matches(config.platform(), platform)) {
      throw new EngineException(
          NOT_FOUND, shown + " is for platform " + config.platform() + ", not for " + platform);
    }
  }

  private void tellMoves(List<ImageReference> names, Digest id) {
    for (ImageReference name : names) {
      Optional<Digest> before = core.images.reference(name).map(ReferenceRecord::image);
      if (before.isPresent() && !before.get().equals(id)) {
        progress.progress(
            Progress.line(
                "The image "
                    + name.familiar()
                    + " already exists, renaming the old one with ID "
                    + before.get()
                    + " to empty string"));
      }
    }
  }

  /** The same layer as another image has it: kept once, and in the form in which it came. */
  private ImageRecord.@Nullable Blob known(Digest diffId) {
    return core.images.images().stream()
        .flatMap(image -> image.layers().stream())
        .filter(layer -> layer.diffId().equals(diffId))
        .map(ImageRecord.Layer::blob)
        .findFirst()
        .orElse(null);
  }

  private ImageRecord.Blob typed(ImageRecord.Blob blob) throws IOException {
    return blob.mediaType().isEmpty()
        ? new ImageRecord.Blob(Intake.mediaType(form(blob)), blob.digest(), blob.size())
        : blob;
  }

  private Form form(ImageRecord.Blob blob) throws IOException {
    try (InputStream in = Channels.newInputStream(core.content.open(blob.digest()))) {
      return Decompression.sniff(in).form();
    }
  }

  private ImageRecord.Blob unpacked(ImageRecord.Blob blob, Leases.Lease lease) throws IOException {
    try (InputStream in = Channels.newInputStream(core.content.open(blob.digest()))) {
      return new Intake(core.content, lease)
          .layer(in, core.hashes.sha256(), core.limits.layerBytes())
          .blob();
    }
  }
}
