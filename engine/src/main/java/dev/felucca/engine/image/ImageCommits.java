package dev.felucca.engine.image;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.Digest;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.image.ContainerImages.CommitRequest;
import dev.felucca.kernel.image.ImageDetails;
import dev.felucca.kernel.image.ImageReference;
import dev.felucca.kernel.image.Ingest;
import dev.felucca.kernel.image.RunConfig;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * Makes an image of a snapshot that stands on another image, from what the storage driver says has
 * changed: the parent is not read.
 */
@Component(service = ImageCommits.class)
public final class ImageCommits {
  /** A tar without any file. */
  private static final Digest NOTHING = Digest.sha256(new byte[1024]);

  private final ImageCore core;

  @Activate
  public ImageCommits(@Reference ImageCore core) {
    this.core = core;
  }

  /**
   * What is committed.
   *
   * @param snapshot the key of an active snapshot in {@code driver}
   * @param parent the id of the image it stands on
   * @param config before the request's changes
   * @param createdBy the command that ran in it
   * @param without paths of what has changed that are not to be in the image
   */
  public record Source(
      String driver,
      String snapshot,
      String parent,
      RunConfig config,
      String createdBy,
      Set<String> without) {}

  /** Fails before anything is read when name or changes make no sense. */
  public ImageDetails commit(Source source, CommitRequest request) throws IOException {
    ImageReference name = request.name();
    if (name != null && name.digest() != null) {
      throw new EngineException(INVALID, "cannot commit to digest reference");
    }
    RunConfig config = ConfigChanges.apply(source.config(), request.changes());
    Set<Digest> brought = new HashSet<>();
    Transfer tar = new Transfer(-1);
    try (Leases.Lease lease = core.leases.lease();
        LayerAhead ahead = core.layers.ahead(source.driver(), lease, tar)) {
      ImageRecord parent = core.lookup.find(source.parent());
      lease.hold(Leases.blob(parent.id()));
      ImageRecord.Blob blob = diff(source, lease, tar);
      boolean empty = blob.digest().equals(NOTHING);
      brought.add(blob.digest());
      byte[] bytes =
          new NewConfig(Blobs.read(core.content, parent.id()), "image " + parent.id())
              .step(
                  Instant.now(),
                  source.createdBy(),
                  request.author(),
                  request.message(),
                  empty ? null : blob.digest())
              .bytes(config);
      Digest id = Digest.sha256(bytes);
      lease.hold(Leases.blob(id));
      brought.add(id);
      Blobs.write(core.content, id, bytes);
      List<Layers.Layer> layers = new ArrayList<>(parent.packed());
      if (!empty) {
        layers.add(new Layers.Layer(blob.descriptor(), blob.digest()));
      }
      long unpacked = empty || ahead == null ? -1 : name(ahead, layers, source.driver(), lease);
      List<Long> sizes =
          new ArrayList<>(
              core.layers.bring(layers, null, source.driver(), lease, (layer, step) -> {}));
      if (unpacked >= 0) {
        sizes.set(sizes.size() - 1, unpacked);
      }
      ImageRecord image =
          core.recording.image(id, parent.id(), null, layers, sizes, source.driver());
      core.recording.record(image, name == null ? List.of() : List.of(name.withDefaultTag()), null);
      core.tell("create", id.toString(), id.toString());
      if (name != null) {
        core.tell("tag", id.toString(), name.withDefaultTag().familiar());
      }
      return core.descriptions.of(image);
    } finally {
      core.garbage.sweepBlobs(brought);
    }
  }

  /** The bytes of the new layer, or -1 where it is left to whoever brings all of them. */
  private long name(LayerAhead ahead, List<Layers.Layer> layers, String driver, Leases.Lease lease)
      throws IOException {
    List<String> chain = Chains.of(layers.stream().map(Layers.Layer::diffId).toList());
    int top = chain.size() - 1;
    if (top >= Layers.DEEPEST) {
      return -1; // refused with all the others
    }
    String below = top == 0 ? null : chain.get(top - 1);
    lease.hold(Leases.snapshot(driver, chain.get(top)));
    if (below != null) {
      lease.hold(Leases.snapshot(driver, below));
      if (!LayerUnpack.exists(core.drivers, driver, below)) {
        return -1;
      }
    }
    return ahead.commit(chain.get(top), below);
  }

  /** The layer's tar as a blob, to be read along while it is written. */
  private ImageRecord.Blob diff(Source source, Leases.Lease lease, Transfer tar)
      throws IOException {
    try {
      ImageRecord.Blob blob =
          new Intake(core.content, lease)
              .take(
                  Intake.mediaType(Decompression.Form.PLAIN), ingest -> fill(source, ingest, tar));
      tar.finish(() -> core.content.open(blob.digest()), blob.size());
      return blob;
    } catch (IOException | RuntimeException | Error e) {
      tar.fail(e);
      throw e;
    }
  }

  private void fill(Source source, Ingest ingest, Transfer tar) throws IOException {
    tar.begin(ingest);
    core.drivers
        .differs()
        .run(
            source.driver(),
            differ ->
                differ.diff(
                    source.snapshot(), source.without(), new IngestStream(ingest, tar::advance)));
  }
}
