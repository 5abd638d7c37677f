package dev.felucca.engine.image;

import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;

import dev.felucca.engine.driver.DriverTable;
import dev.felucca.kernel.Digest;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.Platform;
import dev.felucca.kernel.image.ContentStore;
import dev.felucca.kernel.image.Descriptor;
import dev.felucca.kernel.image.ImageReference;
import dev.felucca.kernel.image.PullRequest;
import dev.felucca.kernel.transport.BlobStream;
import dev.felucca.kernel.transport.Manifest;
import dev.felucca.kernel.transport.RegistryTransport;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/** Finds the image of one platform behind a reference, and reads what describes it. */
final class RemoteImage {
  private static final int DEEPEST_INDEX = 4;
  private static final int ATTEMPTS = 3;

  private final ImageCore core;
  private final DriverTable<RegistryTransport> transports;
  private final ContentStore store;
  private final Leases.Lease lease;
  private final PullRequest request;
  private final ImageReference reference;

  RemoteImage(ImageCore core, Leases.Lease lease, PullRequest request, ImageReference reference) {
    this.core = core;
    this.transports = core.drivers.transports();
    this.store = core.content;
    this.lease = lease;
    this.request = request;
    this.reference = reference;
  }

  /**
   * @param top what the reference names, an index often
   * @param manifest the platform's own
   */
  record Found(
      Descriptor top,
      Descriptor manifest,
      Digest config,
      ImageConfigs.ImageConfig parsed,
      List<Layers.Layer> layers) {}

  /**
   * Everything but layers is in the store and held by the lease when this returns.
   *
   * @param there is run once it is known that there is something behind the reference
   */
  Found find(Runnable there) throws IOException {
    Manifest top = fetch(reference);
    there.run();
    Manifest manifest = top;
    Manifests.Content content = Manifests.parse(top, reference.familiar());
    for (int depth = 0; content instanceof Manifests.Index index; depth++) {
      if (depth == DEEPEST_INDEX) {
        throw new EngineException(
            INVALID, reference.familiar() + " has indexes within indexes without end");
      }
      manifest = fetch(reference.withDigest(choose(index).digest()));
      content = Manifests.parse(manifest, reference.familiar());
    }
    Manifests.Image image = (Manifests.Image) content;
    byte[] bytes = config(image.config());
    ImageConfigs.ImageConfig config = ImageConfigs.parse(bytes, reference.familiar());
    check(config, image);
    List<Layers.Layer> layers = new ArrayList<>();
    for (int i = 0; i < image.layers().size(); i++) {
      layers.add(new Layers.Layer(image.layers().get(i), config.diffIds().get(i)));
    }
    return new Found(
        top.descriptor(), manifest.descriptor(), image.config().digest(), config, layers);
  }

  private Descriptor choose(Manifests.Index index) {
    List<Descriptor> fitting = PlatformChoice.rank(index.manifests(), wanted());
    if (fitting.isEmpty()) {
      throw new EngineException(
          NOT_FOUND, "no matching manifest for " + wanted() + " in the manifest list entries");
    }
    return fitting.get(0);
  }

  private Platform wanted() {
    return request.platform() == null ? Platform.host() : request.platform();
  }

  private void check(ImageConfigs.ImageConfig config, Manifests.Image image) {
    if (config.diffIds().size() != image.layers().size()) {
      throw new EngineException(
          INVALID,
          reference.familiar()
              + " is damaged: its manifest has "
              + image.layers().size()
              + " layers, its configuration "
              + config.diffIds().size());
    }
    if (!config.platform().os().equals("linux")) {
      throw new EngineException(
          INVALID,
          "image operating system \""
              + config.platform().os()
              + "\" cannot be used on this platform");
    }
  }

  private Manifest fetch(ImageReference what) throws IOException {
    Digest known = what.digest();
    if (known == null && core.images.reference(what).isPresent()) {
      // Most often it is what we have: registries count what is fetched, not what is asked about.
      known =
          transports.use(BlobDownload.TRANSPORT, t -> t.head(what, request.credentials())).digest();
    }
    if (known != null) {
      lease.hold(Leases.blob(known));
      if (store.size(known).isPresent()) {
        return Manifests.of(known, Blobs.read(store, known));
      }
    }
    Manifest manifest =
        transports.use(BlobDownload.TRANSPORT, t -> t.resolve(what, request.credentials()));
    Digest digest = manifest.descriptor().digest();
    lease.hold(Leases.blob(digest));
    Blobs.write(store, digest, manifest.bytes());
    return manifest;
  }

  private byte[] config(Descriptor config) throws IOException {
    if (config.size() > Blobs.LARGEST) {
      throw Blobs.tooLarge("configuration of " + reference.familiar());
    }
    lease.hold(Leases.blob(config.digest()));
    if (store.size(config.digest()).isPresent()) {
      return Blobs.read(store, config.digest());
    }
    byte[] bytes = transports.use(BlobDownload.TRANSPORT, t -> receive(t, config));
    if (bytes.length != config.size()) {
      throw new EngineException(
          INVALID,
          "size of "
              + config.digest()
              + " is wrong: expected "
              + config.size()
              + " bytes, got "
              + (bytes.length > config.size() ? "more" : String.valueOf(bytes.length)));
    }
    Blobs.write(store, config.digest(), bytes);
    return bytes;
  }

  private byte[] receive(RegistryTransport transport, Descriptor config) throws IOException {
    for (int attempt = 1; ; attempt++) {
      BlobStream blob = transport.pull(reference, config, 0, request.credentials());
      try (InputStream in = blob.stream()) {
        return in.readNBytes((int) config.size() + 1);
      } catch (IOException e) {
        if (Thread.currentThread().isInterrupted()) {
          throw e;
        }
        if (attempt == ATTEMPTS) {
          throw new IOException(
              "download of " + config.digest() + " broke off: " + e.getMessage(), e);
        }
      }
    }
  }
}
