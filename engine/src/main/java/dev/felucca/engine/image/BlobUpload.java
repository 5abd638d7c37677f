package dev.felucca.engine.image;

import dev.felucca.kernel.image.Descriptor;
import dev.felucca.kernel.image.ImageReference;
import dev.felucca.kernel.transport.Credentials;
import dev.felucca.kernel.transport.Upload;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Sends one blob of the content store to a registry. */
final class BlobUpload {
  private final ImageCore core;
  private final @Nullable Credentials credentials;

  BlobUpload(ImageCore core, @Nullable Credentials credentials) {
    this.core = core;
    this.credentials = credentials;
  }

  void send(ImageReference repository, Descriptor blob, Consumer<Step> steps) throws IOException {
    Throttle bar = new Throttle(steps, "Pushing", blob.size());
    Upload upload =
        core.drivers
            .transports()
            .use(
                BlobDownload.TRANSPORT,
                t ->
                    t.pushBlob(
                        repository,
                        blob,
                        offset -> open(blob, offset, bar),
                        mountable(repository, blob),
                        credentials));
    steps.accept(
        Step.of(
            switch (upload.kind()) {
              case EXISTED -> "Layer already exists";
              case MOUNTED -> "Mounted from " + upload.mountedFrom();
              case SENT -> "Pushed";
            }));
  }

  /** Repositories of the same registry from which images with this blob came. */
  private List<String> mountable(ImageReference target, Descriptor blob) {
    return core.images.references().stream()
        .map(record -> new Known(ImageReference.parse(record.name()), record))
        .filter(known -> known.name().digest() != null)
        .filter(known -> known.name().domain().equals(target.domain()))
        .filter(known -> !known.name().path().equals(target.path()))
        .filter(
            known ->
                core.images
                    .image(known.record().image())
                    .filter(
                        image ->
                            image.layers().stream()
                                .anyMatch(l -> l.blob().digest().equals(blob.digest())))
                    .isPresent())
        .map(known -> known.name().path())
        .distinct()
        .sorted()
        .toList();
  }

  private record Known(ImageReference name, ReferenceRecord record) {}

  private InputStream open(Descriptor blob, long offset, Throttle bar) throws IOException {
    SeekableByteChannel channel = core.content.open(blob.digest()).position(offset);
    return new FilterInputStream(Channels.newInputStream(channel)) {
      private long at = offset;

      @Override
      public int read(byte[] into, int from, int length) throws IOException {
        int n = super.read(into, from, length);
        at += Math.max(0, n);
        bar.at(at);
        return n;
      }
    };
  }
}
