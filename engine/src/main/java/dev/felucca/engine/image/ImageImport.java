package dev.felucca.engine.image;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import com.github.luben.zstd.ZstdIOException;
import dev.felucca.kernel.Digest;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.Platform;
import dev.felucca.kernel.image.ImageDetails;
import dev.felucca.kernel.image.ImageReference;
import dev.felucca.kernel.image.ImportRequest;
import dev.felucca.kernel.image.RunConfig;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.ZipException;
import org.tukaani.xz.XZIOException;

/** Makes an image of one layer from the tar of a file system. */
final class ImageImport {
  static final RunConfig EMPTY =
      new RunConfig(
          null, Set.of(), List.of(), null, null, Set.of(), null, Map.of(), null, null, null,
          List.of());
  private final ImageCore core;

  ImageImport(ImageCore core) {
    this.core = core;
  }

  ImageDetails run(ImportRequest request, InputStream tar) throws IOException {
    ImageReference name = request.name();
    if (name != null && name.digest() != null) {
      throw new EngineException(INVALID, "cannot import digest reference");
    }
    Platform platform = request.platform() == null ? Platform.host() : request.platform();
    if (!platform.os().equals("linux")) {
      throw new EngineException(INVALID, "operating system is not supported");
    }
    // Read before the tar, which may be long: a mistake here should not be found after it.
    RunConfig config = ConfigChanges.apply(EMPTY, request.changes());
    Set<Digest> brought = new HashSet<>();
    try (Leases.Lease lease = core.leases.lease()) {
      String driver = core.storage.get();
      core.drivers.snapshotters().use(driver, s -> s.name());
      Intake.Taken taken = layer(tar, lease);
      brought.add(taken.blob().digest());
      String message = request.message();
      String comment =
          message == null || message.isEmpty() ? "Imported from " + request.source() : message;
      byte[] bytes =
          new NewConfig(platform)
              .step(Instant.now(), "", "", comment, taken.diffId())
              .bytes(config);
      Digest id = Digest.sha256(bytes);
      lease.hold(Leases.blob(id));
      Blobs.write(core.content, id, bytes);
      brought.add(id);
      List<Layers.Layer> layers =
          List.of(new Layers.Layer(taken.blob().descriptor(), taken.diffId()));
      List<Long> sizes = core.layers.bring(layers, null, driver, lease, (layer, step) -> {});
      ImageRecord image = core.recording.image(id, null, null, layers, sizes, driver);
      core.recording.record(image, name == null ? List.of() : List.of(name.withDefaultTag()), null);
      core.tell("import", id.toString(), id.toString());
      return core.descriptions.of(image);
    } finally {
      core.garbage.sweepBlobs(brought); // nothing, unless it failed on the way
    }
  }

  private Intake.Taken layer(InputStream tar, Leases.Lease lease) throws IOException {
    try {
      return new Intake(core.content, lease)
          .layer(tar, core.hashes.sha256(), core.limits.layerBytes());
    } catch (ZipException | EOFException | XZIOException | ZstdIOException e) {
      throw new EngineException(INVALID, "the tar does not unpack: " + e.getMessage(), e);
    }
  }
}
