package dev.felucca.engine.image;

import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;

import dev.felucca.kernel.Digest;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.image.Descriptor;
import dev.felucca.kernel.image.ImageReference;
import dev.felucca.kernel.image.ImageRegistries.Pushed;
import dev.felucca.kernel.image.ProgressListener;
import dev.felucca.kernel.image.ProgressListener.Progress;
import dev.felucca.kernel.transport.Credentials;
import dev.felucca.kernel.transport.Manifest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Uploads whole images: layers side by side, then the configuration, then the manifest. */
final class ImagePush {
  private final ImageCore core;
  private final @Nullable Credentials credentials;
  private final ProgressListener progress;

  ImagePush(ImageCore core, @Nullable Credentials credentials, ProgressListener progress) {
    this.core = core;
    this.credentials = credentials;
    this.progress = progress;
  }

  List<Pushed> push(ImageReference reference) throws IOException {
    if (reference.digest() != null) {
      throw new EngineException(INVALID, "cannot push a digest reference");
    }
    progress.progress(Progress.line("The push refers to repository [" + reference.name() + "]"));
    List<ReferenceRecord> names = names(reference);
    if (names.isEmpty()) {
      throw new EngineException(
          NOT_FOUND,
          reference.tag() == null || tagged(reference).isEmpty()
              ? "An image does not exist locally with the tag: " + reference.familiarName()
              : "tag does not exist: " + reference.familiar());
    }
    List<Pushed> pushed = new ArrayList<>();
    for (ReferenceRecord name : names) {
      pushed.add(push(ImageReference.parse(name.name()), name.image()));
    }
    return pushed;
  }

  private List<ReferenceRecord> names(ImageReference reference) {
    if (reference.tag() != null) {
      return core.images.reference(reference).stream().toList();
    }
    return tagged(reference);
  }

  private List<ReferenceRecord> tagged(ImageReference reference) {
    return core.images.references().stream()
        .filter(record -> record.name().startsWith(reference.name() + ":"))
        .sorted(Comparator.comparing(ReferenceRecord::name))
        .toList();
  }

  private Pushed push(ImageReference name, Digest id) throws IOException {
    List<Digest> replaced = List.of();
    try (Leases.Lease lease = core.leases.lease()) {
      Packing packing = new Packing(core, lease);
      replaced = packing.replaced();
      ImageRecord image = packing.packed(core.lookup.find(id.toString()));
      layers(name, image);
      ImageRecord.Blob own = Objects.requireNonNull(image.manifest(), "packed");
      Manifest manifest = new Manifest(own.descriptor(), Blobs.read(core.content, own.digest()));
      Manifests.Image content = (Manifests.Image) Manifests.parse(manifest, name.familiar());
      send(name, content.config(), step -> {});
      core.drivers
          .transports()
          .use(BlobDownload.TRANSPORT, t -> t.pushManifest(name, manifest, credentials));
      core.images.name(new ReferenceRecord(name.withDigest(own.digest()), id, own));
      String tag = String.valueOf(name.tag());
      progress.progress(Progress.line(tag + ": digest: " + own.digest() + " size: " + own.size()));
      core.tell("push", name.familiar(), name.familiarName());
      return new Pushed(tag, own.descriptor());
    } finally {
      core.garbage.sweepBlobs(replaced);
    }
  }

  /** From the top, as Docker lists them; each blob once. */
  private void layers(ImageReference name, ImageRecord image) throws IOException {
    Map<Digest, ImageRecord.Layer> blobs = new LinkedHashMap<>();
    for (int i = image.layers().size() - 1; i >= 0; i--) {
      blobs.putIfAbsent(image.layers().get(i).blob().digest(), image.layers().get(i));
    }
    blobs.values().forEach(layer -> tell(layer, Step.of("Preparing")));
    int waiting = 0;
    for (ImageRecord.Layer layer : blobs.values()) {
      if (waiting++ >= core.limits.uploads()) {
        tell(layer, Step.of("Waiting"));
      }
    }
    ExecutorService threads =
        Executors.newFixedThreadPool(core.limits.uploads(), Layers.named("upload-"));
    try {
      List<Future<?>> all = new ArrayList<>();
      for (ImageRecord.Layer layer : blobs.values()) {
        all.add(
            threads.submit(
                () -> {
                  send(name, layer.blob().descriptor(), step -> tell(layer, step));
                  return true;
                }));
      }
      for (Future<?> one : all) {
        one.get();
      }
    } catch (InterruptedException e) {
      throw Failures.interrupted("the push");
    } catch (ExecutionException e) {
      try {
        throw Failures.rethrow(e.getCause());
      } catch (InterruptedException interrupted) {
        throw Failures.interrupted("the push");
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private void tell(ImageRecord.Layer layer, Step step) {
    progress.progress(
        new Progress(
            layer.diffId().hex().substring(0, 12), step.status(), step.current(), step.total()));
  }

  private void send(ImageReference name, Descriptor blob, Consumer<Step> steps) throws IOException {
    BlobUpload upload = new BlobUpload(core, credentials);
    upload.send(name, blob, steps);
  }
}
