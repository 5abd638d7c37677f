package dev.felucca.engine.image;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.felucca.kernel.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;

/**
 * Gives an image that was made here what a registry wants: packed layers and a manifest. What came
 * from a registry is as it is.
 */
final class Packing {
  private static final String GZIP = "application/vnd.docker.image.rootfs.diff.tar.gzip";
  private static final String DOCKER_LAYER = "application/vnd.docker.image.rootfs.";
  private static final int PIECE = 1 << 17;
  private final ImageCore core;
  private final Leases.Lease lease;
  private final List<Digest> replaced = new ArrayList<>();

  Packing(ImageCore core, Leases.Lease lease) {
    this.core = core;
    this.lease = lease;
  }

  /** The image with a manifest, written down; all of it is held by the lease. */
  ImageRecord packed(ImageRecord image) throws IOException {
    lease.hold(Leases.blob(image.id()));
    image.layers().forEach(layer -> hold(layer.blob().digest()));
    if (image.manifest() != null) {
      hold(image.manifest().digest());
      return image;
    }
    List<ImageRecord.Layer> layers = new ArrayList<>();
    for (ImageRecord.Layer layer : image.layers()) {
      layers.add(new ImageRecord.Layer(pack(layer.blob()), layer.diffId(), layer.bytes()));
    }
    ImageRecord whole =
        new ImageRecord(
            image.id(), image.parent(), manifest(image.id(), layers), layers, image.arrived());
    core.recording.record(whole, List.of(), null);
    image.layers().forEach(layer -> replaced.add(layer.blob().digest()));
    return whole;
  }

  /** Blobs that may not be needed any more, once the lease is closed. */
  List<Digest> replaced() {
    return replaced;
  }

  private void hold(Digest digest) {
    try {
      lease.hold(Leases.blob(digest));
    } catch (InterruptedIOException e) {
      throw new CancellationException("interrupted while " + digest + " is removed");
    }
  }

  private ImageRecord.Blob pack(ImageRecord.Blob blob) throws IOException {
    try (InputStream in = Channels.newInputStream(core.content.open(blob.digest()))) {
      Decompression.Sniffed sniffed = Decompression.sniff(in);
      if (sniffed.form() != Decompression.Form.PLAIN) {
        return blob;
      }
      return new Intake(core.content, lease)
          .take(
              GZIP,
              ingest -> {
                try (ParallelGzip gzip = new ParallelGzip(new IngestStream(ingest))) {
                  byte[] piece = new byte[PIECE];
                  for (int n; (n = sniffed.stream().read(piece)) >= 0; ) {
                    gzip.write(piece, 0, n);
                  }
                }
              });
    }
  }

  /** Docker's form, or OCI's where a layer is of a kind that only that has. */
  private ImageRecord.Blob manifest(Digest id, List<ImageRecord.Layer> layers) throws IOException {
    long size = core.content.size(id).orElse(0L);
    boolean docker =
        layers.stream().allMatch(layer -> layer.blob().mediaType().startsWith(DOCKER_LAYER));
    byte[] bytes;
    if (docker) {
      ObjectNode json =
          JsonNodeFactory.instance
              .objectNode()
              .put("schemaVersion", 2)
              .put("mediaType", Manifests.DOCKER_MANIFEST);
      json.set(
          "config", Manifests.descriptor(new ImageRecord.Blob(Manifests.DOCKER_CONFIG, id, size)));
      ArrayNode list = json.putArray("layers");
      layers.forEach(layer -> list.add(Manifests.descriptor(layer.blob())));
      bytes = Manifests.bytes(json);
    } else {
      bytes = Manifests.oci(new ImageRecord.Blob(Manifests.OCI_CONFIG, id, size), layers);
    }
    Digest digest = Digest.sha256(bytes);
    hold(digest);
    Blobs.write(core.content, digest, bytes);
    return new ImageRecord.Blob(
        docker ? Manifests.DOCKER_MANIFEST : Manifests.OCI_MANIFEST, digest, bytes.length);
  }
}
